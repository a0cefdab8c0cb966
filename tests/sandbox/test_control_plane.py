from __future__ import annotations

import secrets
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox.controlplane import ControlPlane
from tooling.processes import spawn
from tooling.toolchain import Tools


@pytest.fixture(scope="module")
def plane(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    plane = ControlPlane(tmp_path_factory.mktemp("own") / "plane", tools.binaries, tethered=True)
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


def test_only_a_part_that_ended_is_restarted(
    plane: ControlPlane, eventually: Callable[[Callable[[], object], str], None]
) -> None:
    before = plane.status().pids
    etcd = before["etcd"]
    assert etcd is not None
    plane_of_another_command = ControlPlane(plane.directory, plane.binaries, tethered=True)
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
    private = [plane.kubeconfig, plane.directory / "encryption.yaml", *(plane.directory / "pki").iterdir()]

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


def test_a_deleted_namespace_disappears(
    plane: ControlPlane, eventually: Callable[[Callable[[], object], str], None]
) -> None:
    plane.kubectl.run("create", "namespace", "short-lived")
    plane.kubectl.run("create", "configmap", "inside", "-n", "short-lived")
    plane.kubectl.run("delete", "namespace", "short-lived", "--wait=false")

    eventually(lambda: plane.kubectl.get("namespace", "short-lived") is None, "the namespace is deleted")


def test_owned_objects_are_deleted_with_their_owner(
    plane: ControlPlane, eventually: Callable[[Callable[[], object], str], None]
) -> None:
    plane.kubectl.run("create", "configmap", "owner")
    owner = plane.kubectl.get("configmap", "owner", "default")
    assert owner is not None
    reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": owner["metadata"]["uid"]}
    metadata = {"name": "owned", "namespace": "default", "ownerReferences": [reference]}
    plane.kubectl.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata})
    plane.kubectl.run("delete", "configmap", "owner")

    eventually(lambda: plane.kubectl.get("configmap", "owned", "default") is None, "the owned object is deleted")


def test_removing_leaves_no_process_and_no_file(tools: Tools, tmp_path: Path) -> None:
    with ControlPlane(tmp_path / "plane", tools.binaries, tmp_path / "kubeconfig", tethered=True) as plane:
        pids = [pid for pid in plane.status().pids.values() if pid]

    assert len(pids) == 3
    assert [spawn.birth(pid) for pid in pids] == [None, None, None]
    assert list(tmp_path.iterdir()) == []
    assert plane.remove() is False


def test_no_process_is_left_when_the_test_run_is_killed(
    tools: Tools, tmp_path: Path, eventually: Callable[[Callable[[], object], str], None]
) -> None:
    suite = tmp_path / "test_killed.py"
    suite.write_text(
        "import pathlib\n"
        "from sandbox.controlplane import ControlPlane\n"
        "from tooling.toolchain import ensure_tools\n"
        "def test_blocks():\n"
        f"    plane = ControlPlane(pathlib.Path({str(tmp_path / 'plane')!r}), ensure_tools().binaries, tethered=True)\n"
        "    plane.start()\n"
        f"    pathlib.Path({str(tmp_path / 'started')!r}).touch()\n"
        "    input()\n"
    )
    plane = ControlPlane(tmp_path / "plane", tools.binaries)
    argv = [sys.executable, "-m", "pytest", "-s", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), str(suite)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as run:
        eventually((tmp_path / "started").exists, "the suite has started its control plane")
        assert plane.status().running
        run.send_signal(signal.SIGKILL)
        run.wait()

    eventually(lambda: not any(plane.status().pids.values()), "no process is left")
