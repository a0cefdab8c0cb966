"""`kubectl exec` and `kubectl logs` reach the fake node through the real API server."""

from __future__ import annotations

import base64
import hashlib
import os
import pty
import secrets
import signal
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPSConnection
from pathlib import Path

import psutil
import pytest

from sandbox.controlplane import ControlPlane
from sandbox.node import Node, Runs
from tests.waiting import eventually

NAMESPACE = "exec-test"
POD = ("--namespace", NAMESPACE, "tools")
MEGABYTE = 1024 * 1024


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("log") / "of-the-container"


@pytest.fixture(scope="module")
def node(control_plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory, log: Path) -> Iterator[Node]:
    """A node where commands run in one container, which has a program of its own."""
    programs = tmp_path_factory.mktemp("programs")
    own = programs / "own-program"
    own.write_text("#!/bin/sh\necho own\n")
    own.chmod(0o755)
    node = Node(
        tmp_path_factory.mktemp("node"),
        control_plane.kubeconfig,
        control_plane.kubelet_certificates,
        lambda: {f"{NAMESPACE}/tools": Runs(programs, {"PGPORT": "5433"}, log)},
        tethered=True,
    )
    node.start()
    yield node
    node.stop(kill=True)
    control_plane.kubectl.run("delete", "node", "sandbox", "--ignore-not-found")


@pytest.fixture(scope="module")
def plane(control_plane: ControlPlane, node: Node) -> Iterator[ControlPlane]:
    """The control plane with a running pod."""
    control_plane.kubectl.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
    encoded = {key: base64.b64encode(f"canary-{key}".encode()).decode() for key in ("one", "TWO")}
    control_plane.kubectl.create(
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "login", "namespace": NAMESPACE}, "data": encoded}
    )
    create_pod(control_plane, "tools", "tools", "idle", secret="login")
    yield control_plane
    control_plane.kubectl.run("delete", "pods", "--all", "--namespace", NAMESPACE)
    control_plane.kubectl.run("delete", "namespace", NAMESPACE, "--wait=false")


@pytest.fixture
def ending_node(plane: ControlPlane, node: Node) -> Iterator[Node]:
    """A node that the test ends."""
    yield node
    node.start()
    eventually(lambda: run(plane, "true").returncode == 0, "commands run again")


def create_pod(plane: ControlPlane, name: str, *containers: str, secret: str) -> None:
    env = [
        {"name": "PLAIN", "value": "plain"},
        {"name": "ONE", "valueFrom": {"secretKeyRef": {"name": secret, "key": "one"}}},
        {"name": "NONE", "valueFrom": {"secretKeyRef": {"name": "not-there", "key": "one", "optional": True}}},
    ]
    both = {"image": "none", "env": env, "envFrom": [{"secretRef": {"name": secret}}]}
    spec = {"containers": [{"name": each, **both} for each in containers]}
    metadata = {"name": name, "namespace": NAMESPACE}
    plane.kubectl.create({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})

    def runs() -> bool:
        pod = plane.kubectl.get("pod", name, NAMESPACE)
        return pod is not None and pod["status"]["phase"] == "Running"

    eventually(runs, "the pod runs")


def kubectl(plane: ControlPlane, *arguments: str) -> list[str]:
    return [str(plane.binaries.kubectl), f"--kubeconfig={plane.kubeconfig}", *arguments]


def run(
    plane: ControlPlane, *command: str, given: bytes | None = None, container: str = "tools", pod: str = "tools"
) -> subprocess.CompletedProcess[bytes]:
    """Run a command in the pod; with `given`, its stdin is passed on."""
    interactive = [] if given is None else ["-i"]
    options = ["--namespace", NAMESPACE, pod, "--container", container, "--"]
    argv = kubectl(plane, "exec", *interactive, *options, *command)
    return subprocess.run(argv, input=given or b"never passed on", capture_output=True, check=False)


@contextmanager
def started(plane: ControlPlane, *command: str) -> Iterator[subprocess.Popen[bytes]]:
    """A command in the pod that has printed a line; after the block, its kubectl is killed."""
    with subprocess.Popen(
        kubectl(plane, "exec", "-i", *POD, "--container=tools", "--", *command),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            assert process.stdout
            assert process.stdout.readline() == b"started\n"
            yield process
        finally:
            process.kill()


def runs_here(word: str) -> bool:
    """Whether a process other than kubectl has the word as an argument."""
    return any(
        word in (each.info["cmdline"] or []) and each.info["name"] != "kubectl"
        for each in psutil.process_iter(["cmdline", "name"])
    )


def test_output_errors_and_exit_code_come_back(plane: ControlPlane) -> None:
    done = run(plane, "sh", "-c", "echo out; echo err >&2; exit 7")

    assert (done.returncode, done.stdout) == (7, b"out\n")
    assert done.stderr == b"err\ncommand terminated with exit code 7\n"


def test_a_command_that_a_signal_ends_has_the_exit_code_of_a_shell(plane: ControlPlane) -> None:
    assert run(plane, "sh", "-c", "kill -TERM $$").returncode == 128 + signal.SIGTERM


def test_binary_data_passes_both_ways_without_being_kept(plane: ControlPlane, node: Node) -> None:
    given = os.urandom(MEGABYTE) * 24

    before = peak_of(node)
    done = run(plane, "cat", given=given)

    assert hashlib.sha256(done.stdout).digest() == hashlib.sha256(given).digest()
    assert peak_of(node) - before < 8 * MEGABYTE


def peak_of(node: Node) -> int:
    """The most memory that its process has had, in bytes."""
    status = Path(f"/proc/{node.pid}/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) * 1024


def test_the_end_of_stdin_reaches_the_command(plane: ControlPlane) -> None:
    done = run(plane, "sh", "-c", "wc -c; echo after", given=b"12345")

    assert done.stdout.split() == [b"5", b"after"]


def test_stdin_is_empty_unless_it_is_asked_for(plane: ControlPlane) -> None:
    assert run(plane, "wc", "-c").stdout.split() == [b"0"]


def test_a_command_may_end_before_it_has_read_everything(plane: ControlPlane) -> None:
    done = run(plane, "sh", "-c", "head -c 3; exit 3", given=b"x" * MEGABYTE)

    assert (done.returncode, done.stdout) == (3, b"xxx")


def test_a_command_has_the_environment_of_its_container_and_no_other(plane: ControlPlane) -> None:
    done = run(plane, "env")

    found = dict(line.split("=", 1) for line in done.stdout.decode().splitlines())
    path = found.pop("PATH").split(":")
    assert path[1:3] == ["/usr/local/sbin", "/usr/local/bin"]
    assert found == {
        "HOME": "/",
        "HOSTNAME": "tools",
        "LANG": "C.UTF-8",
        "ONE": "canary-one",
        "PGPORT": "5433",
        "PLAIN": "plain",
        "TWO": "canary-TWO",
        "one": "canary-one",
    }
    assert run(plane, "own-program").stdout == b"own\n"


def test_a_missing_secret_is_named(plane: ControlPlane) -> None:
    create_pod(plane, "without-secret", "tools", secret="absent")

    done = run(plane, "env", pod="without-secret")

    assert done.returncode == 1
    assert b'secrets "absent" not found' in done.stderr


def test_a_command_that_does_not_exist_is_named(plane: ControlPlane) -> None:
    done = run(plane, "no-such-program", given=b"given")

    assert done.returncode == 1
    assert b'exec: "no-such-program": executable file not found in $PATH' in done.stderr


def test_in_a_container_that_runs_nothing_no_command_runs(plane: ControlPlane) -> None:
    done = run(plane, "env", container="idle")

    assert (done.returncode, done.stdout) == (1, b"")
    assert b'container "idle" of pod "tools" runs nothing: the node of the sandbox is a fake' in done.stderr


def test_a_terminal_is_refused(plane: ControlPlane) -> None:
    argv = kubectl(plane, "exec", "-it", *POD, "--container=tools", "--", "env")
    # kubectl asks for a terminal only if it has one.
    terminals = pty.openpty()
    done = subprocess.run(argv, stdin=terminals[1], capture_output=True, check=False)
    for each in terminals:
        os.close(each)

    assert done.returncode == 1
    assert b"has no terminals: leave out -t" in done.stderr


def test_the_older_protocol_is_refused_with_the_fix(plane: ControlPlane) -> None:
    done = subprocess.run(
        kubectl(plane, "exec", *POD, "--container=tools", "--", "env"),
        env={**os.environ, "KUBECTL_REMOTE_COMMAND_WEBSOCKETS": "false"},
        capture_output=True,
        check=False,
    )

    assert done.returncode == 1
    assert b"unset KUBECTL_REMOTE_COMMAND_WEBSOCKETS" in done.stderr


@pytest.mark.parametrize("unread", [0, 8 * MEGABYTE])
def test_a_command_ends_when_its_client_is_killed(plane: ControlPlane, unread: int) -> None:
    word = f"600.{secrets.randbelow(10**9)}"

    with started(plane, "sh", "-c", f"echo started; sleep {word}; echo never") as process:
        eventually(lambda: runs_here(word), "the command runs")
        assert process.stdin
        os.set_blocking(process.stdin.fileno(), False)
        fill(process.stdin.fileno(), unread)

    eventually(lambda: not runs_here(word), "the command has ended")


def fill(pipe: int, size: int) -> None:
    """Write as much as the other end takes."""
    with suppress(BlockingIOError):
        while size > 0:
            size -= os.write(pipe, bytes(min(size, MEGABYTE)))


def test_stdin_ends_when_the_client_is_killed(plane: ControlPlane, tmp_path: Path) -> None:
    """As in a container: a command that reads from stdin must not take that end for the end of the data."""
    given, ended = tmp_path / "given", tmp_path / "ended"

    with started(plane, "sh", "-c", f"echo started; cat > {given}; echo ended > {ended}") as process:
        assert process.stdin
        process.stdin.write(b"half")
        process.stdin.flush()
        eventually(lambda: given.exists() and given.read_bytes() == b"half", "it has read")

    eventually(ended.exists, "the command goes on after its stdin")


@pytest.mark.parametrize("kill", [False, True])
def test_a_command_ends_when_its_node_is_stopped(plane: ControlPlane, ending_node: Node, kill: bool) -> None:
    word = f"601.{secrets.randbelow(10**9)}"
    with started(plane, "sh", "-c", f"echo started; sleep {word}; echo never") as process:
        eventually(lambda: runs_here(word), "the command runs")

        ending_node.stop(kill=kill)

        assert process.wait() != 0
    assert not runs_here(word)


def test_a_command_ends_when_its_node_is_killed(plane: ControlPlane, ending_node: Node) -> None:
    word = f"602.{secrets.randbelow(10**9)}"
    with started(plane, "sh", "-c", f"echo started; exec sleep {word}"):
        assert ending_node.pid is not None

        os.kill(ending_node.pid, signal.SIGKILL)

        eventually(lambda: ending_node.pid is None, "the node has ended")
        eventually(lambda: not runs_here(word), "the command has ended")


def test_logs_are_those_of_the_program_on_this_machine(plane: ControlPlane, log: Path) -> None:
    log.write_text("first\nsecond\nthird\n")

    assert plane.kubectl.run("logs", *POD, "--container=tools") == "first\nsecond\nthird\n"
    assert plane.kubectl.run("logs", *POD, "--container=tools", "--tail=1") == "third\n"
    assert plane.kubectl.run("logs", *POD, "--container=idle") == ""


def test_only_the_api_server_is_answered(plane: ControlPlane) -> None:
    found = plane.kubectl.get("node", "sandbox")
    assert found is not None
    assert found["status"]["addresses"] == [{"type": "InternalIP", "address": "127.0.0.1"}]
    port = found["status"]["daemonEndpoints"]["kubeletEndpoint"]["Port"]
    tls = ssl.create_default_context(cafile=str(plane.kubelet_certificates.ca))
    connection = HTTPSConnection("127.0.0.1", port, context=tls)
    connection.request("GET", f"/exec/{NAMESPACE}/tools/tools?command=env")

    with pytest.raises((ssl.SSLError, ConnectionError)):
        connection.getresponse()

    connection.close()
