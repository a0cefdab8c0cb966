"""
The control plane: start, stop, failed start and removal.

tests/sandbox/control_plane/test_cluster.py kills the test run that started one.
"""

from __future__ import annotations

import dataclasses
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from sandbox.controlplane import ControlPlane
from tests.waiting import eventually
from tooling.errors import StartError
from tooling.processes import spawn
from tooling.toolchain import Tools

FAILING = "echo 'E1122 unknown flag: --no-such-flag' >&2; exit 2"


def processes_with(word: str) -> list[int]:
    return [
        process.pid
        for process in psutil.process_iter(["cmdline"])
        if any(word in argument for argument in process.info["cmdline"] or [])
    ]


@pytest.fixture(scope="module")
def plane(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """A control plane of this file's own: the tests stop, kill and at last remove it."""
    folder = tmp_path_factory.mktemp("own")
    plane = ControlPlane(folder / "plane", tools.binaries, folder / "kubeconfig", tethered=True)
    plane.start()
    yield plane
    plane.remove()


def data_of(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file())


def test_all_parts_run_and_answer(plane: ControlPlane) -> None:
    status = plane.status()

    assert status.running
    assert set(status.pids) == {"etcd", "kube-apiserver", "kube-controller-manager"}
    assert plane.kubectl.run("get", "--raw", "/readyz") == "ok"


def test_a_second_start_does_nothing(plane: ControlPlane) -> None:
    before = plane.status()

    assert plane.start() is False
    assert plane.status() == before


def test_only_a_part_that_ended_is_restarted(plane: ControlPlane) -> None:
    before = plane.status().pids
    etcd = before["etcd"]
    assert etcd is not None
    plane_of_another_command = ControlPlane(plane.directory, plane.binaries, plane.kubeconfig, tethered=True)
    subprocess.run(["kill", "-9", str(etcd)], check=True)
    eventually(lambda: plane.status().pids["etcd"] is None, "etcd has ended")

    assert plane_of_another_command.start() is True
    after = plane_of_another_command.status().pids
    assert after["etcd"] not in (None, etcd)
    assert after["kube-apiserver"] == before["kube-apiserver"]


def test_data_certificates_and_kubeconfig_survive_a_stop(plane: ControlPlane) -> None:
    kubeconfig = plane.kubeconfig.read_bytes()
    name = f"kept-{secrets.token_hex(4)}"
    plane.kubectl.run("create", "configmap", name)

    assert plane.stop() is True
    assert not any(plane.status().pids.values())
    assert plane.stop() is False
    assert plane.start() is True

    assert plane.kubeconfig.read_bytes() == kubeconfig
    assert plane.kubectl.get("configmap", name, "default") is not None


def test_a_port_that_another_program_took_is_replaced(plane: ControlPlane) -> None:
    plane.stop()
    server = plane.status().server
    assert server is not None
    script = f"import socket; s = socket.create_server(('127.0.0.1', {server.rpartition(':')[2]})); print(); input()"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as stranger:
        assert stranger.stdout is not None
        stranger.stdout.readline()
        plane.start()
        stranger.kill()

    assert plane.status().server != server
    assert plane.kubectl.run("get", "--raw", "/readyz") == "ok"


def test_everything_listens_on_loopback_only(plane: ControlPlane) -> None:
    for pid in plane.status().pids.values():
        shown = subprocess.run(["ss", "-Hltnp"], capture_output=True, text=True, check=True).stdout
        listening = [line.split()[3] for line in shown.splitlines() if f"pid={pid}," in line]

        assert all(address.startswith("127.0.0.1:") for address in listening), listening


def test_only_the_owner_can_read_its_files(plane: ControlPlane) -> None:
    assert plane.directory.stat().st_mode & 0o777 == 0o700
    folders = [plane.directory / name for name in ("pki", "kubelet-pki")]
    private = [
        plane.kubeconfig,
        plane.directory / "encryption.yaml",
        *(file for each in folders for file in each.iterdir()),
    ]

    assert {folder.stat().st_mode & 0o777 for folder in folders} == {0o700}
    assert {file.stat().st_mode & 0o777 for file in private} == {0o600}


def test_a_request_without_a_certificate_is_refused(plane: ControlPlane) -> None:
    script = (
        "import ssl, sys, urllib.request; context = ssl.create_default_context(cafile=sys.argv[2])\n"
        "print(urllib.request.urlopen(sys.argv[1] + '/api/v1/namespaces', context=context).status)"
    )
    server = plane.status().server
    assert server is not None
    done = subprocess.run(
        [sys.executable, "-c", script, server, str(plane.directory / "pki" / "ca.crt")],
        capture_output=True,
        text=True,
        check=False,
    )

    assert "HTTP Error 401" in done.stderr


def test_secrets_are_encrypted_at_rest(plane: ControlPlane) -> None:
    hidden, plain = f"canary-{secrets.token_hex(16)}", f"canary-{secrets.token_hex(16)}"
    metadata = {"name": "canary", "namespace": "default"}
    plane.kubectl.apply({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {"key": hidden}})
    plane.kubectl.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"key": plain}})

    at_rest = data_of(plane.directory / "etcd")

    assert plain.encode() in at_rest
    assert hidden.encode() not in at_rest
    assert b"k8s:enc:secretbox:v1:sandbox:" in at_rest


def test_a_deleted_namespace_disappears(plane: ControlPlane) -> None:
    plane.kubectl.run("create", "namespace", "short-lived")
    plane.kubectl.run("create", "configmap", "inside", "-n", "short-lived")
    plane.kubectl.run("delete", "namespace", "short-lived", "--wait=false")

    eventually(lambda: plane.kubectl.get("namespace", "short-lived") is None, "the namespace is deleted")


def test_owned_objects_are_deleted_with_their_owner(plane: ControlPlane) -> None:
    plane.kubectl.run("create", "configmap", "owner")
    owner = plane.kubectl.get("configmap", "owner", "default")
    assert owner is not None
    reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": owner["metadata"]["uid"]}
    metadata = {"name": "owned", "namespace": "default", "ownerReferences": [reference]}
    plane.kubectl.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata})
    plane.kubectl.run("delete", "configmap", "owner")

    eventually(lambda: plane.kubectl.get("configmap", "owned", "default") is None, "the owned object is deleted")


def test_a_failed_start_keeps_running_parts(plane: ControlPlane, program: Callable[[str, str], Path]) -> None:
    before = plane.status().pids
    # Not at once, or the result of the previous process would count as its own.
    late = program("failing", f"sleep 1; {FAILING}")
    broken = dataclasses.replace(plane.binaries, kube_controller_manager=late)

    with pytest.raises(StartError, match="kube-controller-manager did not start"):
        ControlPlane(plane.directory, broken, plane.kubeconfig, tethered=True).start()

    after = plane.status().pids
    assert after["etcd"] == before["etcd"]
    assert after["kube-apiserver"] == before["kube-apiserver"]


def test_a_later_start_that_fails_keeps_the_data_and_stops_what_it_started(
    plane: ControlPlane, program: Callable[[str, str], Path]
) -> None:
    plane.start()
    plane.kubectl.run("create", "configmap", "kept")
    plane.stop()
    broken = dataclasses.replace(plane.binaries, kube_apiserver=program("failing", FAILING))

    with pytest.raises(StartError, match="kube-apiserver did not start"):
        ControlPlane(plane.directory, broken, plane.kubeconfig, tethered=True).start()

    assert processes_with(str(plane.directory)) == []
    plane.start()
    assert plane.kubectl.get("configmap", "kept", "default") is not None


def test_removing_leaves_no_process_and_no_file(plane: ControlPlane) -> None:
    pids = [pid for pid in plane.status().pids.values() if pid]
    assert len(pids) == 3

    assert plane.remove() is True

    assert [spawn.birth(pid) for pid in pids] == [None, None, None]
    # kubectl's cache is next to the kubeconfig.
    assert {entry.name for entry in plane.kubeconfig.parent.iterdir()} <= {"kubectl-cache"}
    assert plane.remove() is False


@pytest.mark.parametrize("part", ["etcd", "kube_apiserver", "kube_controller_manager"])
def test_a_failed_first_start_is_reported_and_leaves_no_files(
    tools: Tools, tmp_path: Path, program: Callable[[str, str], Path], part: str
) -> None:
    failing = program("programs/failing", FAILING)
    binaries = dataclasses.replace(tools.binaries, **{part: failing})
    plane = ControlPlane(tmp_path / "plane", binaries, tmp_path / "kubeconfig", tethered=True)

    with pytest.raises(StartError) as caught:
        plane.start()

    assert caught.value.name == part.replace("_", "-")
    assert caught.value.argv[0] == str(failing)
    assert f"    {failing}\n    --" in str(caught.value)
    assert "    E1122 unknown flag: --no-such-flag" in str(caught.value)
    assert processes_with(str(tmp_path / "plane")) == []
    assert [entry.name for entry in tmp_path.iterdir()] == ["programs"]


def test_no_key_is_in_the_error(tools: Tools, tmp_path: Path, program: Callable[[str, str], Path]) -> None:
    failing = program("failing", 'cat "$0" >/dev/null; exit 1')
    directory = tmp_path / "plane"
    binaries = dataclasses.replace(tools.binaries, kube_apiserver=failing)

    with pytest.raises(StartError) as caught:
        ControlPlane(directory, binaries, tethered=True).start()

    assert "PRIVATE KEY" not in str(caught.value)
    assert "no output" in str(caught.value)
