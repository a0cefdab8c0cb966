from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from sandbox.controlplane import ControlPlane
from tooling.errors import StartError
from tooling.toolchain import Tools

FAILING = "echo 'E1122 unknown flag: --no-such-flag' >&2; exit 2"


def processes_with(word: str) -> list[int]:
    return [
        process.pid
        for process in psutil.process_iter(["cmdline"])
        if any(word in argument for argument in process.info["cmdline"] or [])
    ]


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


def test_a_later_start_that_fails_keeps_the_data_and_stops_what_it_started(
    tools: Tools, tmp_path: Path, program: Callable[[str, str], Path]
) -> None:
    directory = tmp_path / "plane"
    plane = ControlPlane(directory, tools.binaries, tethered=True)
    plane.start()
    plane.kubectl.run("create", "configmap", "kept")
    plane.stop()
    broken = dataclasses.replace(tools.binaries, kube_apiserver=program("failing", FAILING))

    with pytest.raises(StartError, match="kube-apiserver did not start"):
        ControlPlane(directory, broken, tethered=True).start()

    assert processes_with(str(directory)) == []
    plane.start()
    try:
        assert plane.kubectl.get("configmap", "kept", "default") is not None
    finally:
        plane.remove()


def test_a_failed_start_keeps_running_parts(tools: Tools, tmp_path: Path, program: Callable[[str, str], Path]) -> None:
    directory = tmp_path / "plane"
    with ControlPlane(directory, tools.binaries, tethered=True) as plane:
        before = plane.status().pids
        # Not at once, or the result of the previous process would count as its own.
        late = program("failing", f"sleep 1; {FAILING}")
        broken = dataclasses.replace(tools.binaries, kube_controller_manager=late)

        with pytest.raises(StartError, match="kube-controller-manager did not start"):
            ControlPlane(directory, broken, tethered=True).start()

        after = plane.status().pids
        assert after["etcd"] == before["etcd"]
        assert after["kube-apiserver"] == before["kube-apiserver"]


def test_no_key_is_in_the_error(tools: Tools, tmp_path: Path, program: Callable[[str, str], Path]) -> None:
    failing = program("failing", 'cat "$0" >/dev/null; exit 1')
    directory = tmp_path / "plane"
    binaries = dataclasses.replace(tools.binaries, kube_apiserver=failing)

    with pytest.raises(StartError) as caught:
        ControlPlane(directory, binaries, tethered=True).start()

    assert "PRIVATE KEY" not in str(caught.value)
    assert "no output" in str(caught.value)
