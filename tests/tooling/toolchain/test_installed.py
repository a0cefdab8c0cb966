from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tooling.toolchain.installed import find_installed, find_language_host
from tooling.toolchain.pins import APISERVER, CONTROLLER_MANAGER, ETCD, KUBECTL, OPERATOR, PULUMI, Program

MakeProgram = Callable[[str, str], Path]


@pytest.fixture(autouse=True)
def empty_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)


@pytest.mark.parametrize(
    ("wanted", "output", "fits"),
    [
        (ETCD, "etcd Version: 3.5.0", True),
        (ETCD, "etcd Version: 3.4.34", False),
        (ETCD, "etcd Version: 4.0.0", False),
        (APISERVER, "Kubernetes v1.35.0", True),
        (APISERVER, "Kubernetes v1.34.9", False),
        (CONTROLLER_MANAGER, "Kubernetes v1.35.9", True),
        (CONTROLLER_MANAGER, "Kubernetes v1.36.0", False),
        (KUBECTL, "Client Version: v1.34.2\nKustomize Version: v5.7.1", True),
        (KUBECTL, "Client Version: v1.36.0", True),
        (KUBECTL, "Client Version: v1.32.4-dispatcher", False),
        (KUBECTL, "Client Version: v1.37.0", False),
        (KUBECTL, "no version at all", False),
    ],
)
def test_only_a_suitable_version_is_used(wanted: Program, output: str, fits: bool, program: MakeProgram) -> None:
    path = program(f"bin/{wanted.name}", f"printf '{output}\\n'")

    found = find_installed(wanted, [])

    assert (found.path if found else None) == (path if fits else None)


@pytest.mark.parametrize(
    ("output", "fits"), [("v3.255.0", True), ("v3.300.1", True), ("v3.254.9", False), ("v4.0.0", False)]
)
def test_an_installed_pulumi_must_not_be_older_than_the_pin(output: str, fits: bool, program: MakeProgram) -> None:
    program("bin/pulumi", f"echo {output}")
    program("bin/pulumi-language-python", "exit 0")

    found = find_installed(PULUMI, [])

    assert (found.version if found else None) == (output if fits else None)


def test_an_installed_operator_is_never_used(program: MakeProgram) -> None:
    """It does not print its version."""
    program("bin/external-secrets", "exit 0")

    assert find_installed(OPERATOR, []) is None


def test_a_pulumi_without_its_language_host_is_not_used(program: MakeProgram) -> None:
    program("bin/pulumi", "echo v3.255.0")

    assert find_installed(PULUMI, []) is None


def test_the_language_host_is_found_next_to_the_target_of_a_link(program: MakeProgram, tmp_path: Path) -> None:
    pulumi = program("opt/pulumi", "echo v3.255.0")
    host = program("opt/pulumi-language-python", "exit 0")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "pulumi").symlink_to(pulumi)

    found = find_installed(PULUMI, [])

    assert found is not None
    assert find_language_host(found.path, []) == host


def test_kubebuilder_assets_come_before_path(program: MakeProgram, monkeypatch: pytest.MonkeyPatch) -> None:
    program("bin/etcd", "echo 3.6.5")
    assets = program("assets/etcd", "echo 3.6.1")
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(assets.parent))

    found = find_installed(ETCD, [])

    assert found is not None
    assert (found.path, found.version, found.where) == (assets, "v3.6.1", "KUBEBUILDER_ASSETS")


def test_the_second_program_on_path_is_used_if_the_first_is_too_old(
    program: MakeProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = program("old/kubectl", "echo v1.30.0")
    new = program("new/kubectl", "echo v1.35.1")
    monkeypatch.setenv("PATH", f"{old.parent}:relative:{new.parent}")

    found = find_installed(KUBECTL, [])

    assert found is not None
    assert found.path == new


def test_programs_of_this_project_do_not_count_as_installed(program: MakeProgram, tmp_path: Path) -> None:
    built = program("cache/key/bin/kubectl", "echo v1.35.4")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "kubectl").symlink_to(built)

    assert find_installed(KUBECTL, [tmp_path / "cache"]) is None
    assert find_installed(KUBECTL, [tmp_path / "bin"]) is None
    assert find_installed(KUBECTL, []) is not None


def test_a_program_that_hangs_is_not_used(program: MakeProgram, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tooling.toolchain.installed.VERSION_SECONDS", 0.1)
    program("bin/etcd", "exec /bin/sleep 600")

    assert find_installed(ETCD, []) is None


@pytest.mark.parametrize("body", ["exit 1", "echo v3.255.0; exit 1"])
def test_a_program_that_fails_is_not_used(body: str, program: MakeProgram) -> None:
    program("bin/etcd", body)

    assert find_installed(ETCD, []) is None
