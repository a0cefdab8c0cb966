"""InstallDependencies creates the virtual environment and installs requirements.txt."""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from pulumi.runtime.proto import language_pb2

from tests.plugins.language.hosting import Host, program_info, refusal


def write_wheel(folder: Path) -> str:
    """Write a package that needs no index, and return its file name."""
    wheel = folder / "tiny-1.5-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("tiny.py", "")
        archive.writestr("tiny-1.5.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.5\n")
        archive.writestr("tiny-1.5.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr("tiny-1.5.dist-info/RECORD", "")
    return wheel.name


def request(folder: Path, **fields: bool) -> language_pb2.InstallDependenciesRequest:
    return language_pb2.InstallDependenciesRequest(
        directory=str(folder), info=program_info(folder, virtualenv="own"), **fields
    )


def text(responses: Iterator[language_pb2.InstallDependenciesResponse]) -> str:
    return b"".join(response.stdout + response.stderr for response in responses).decode()


@pytest.fixture(scope="module")
def first_installation(host: Host, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A project without an environment, in which the host has installed a package, and the output."""
    folder = tmp_path_factory.mktemp("installed")
    (folder / "requirements.txt").write_text(f"./{write_wheel(folder)}\n")
    return folder, text(host.stub.InstallDependencies(request(folder)))


def test_a_missing_environment_is_created_once(host: Host, first_installation: tuple[Path, str]) -> None:
    project, first = first_installation

    assert "Creating virtual environment" in first
    assert "Successfully installed tiny-1.5" in first
    assert first.endswith("Finished installing dependencies\n\n")
    dependencies = host.stub.GetProgramDependencies(
        language_pb2.GetProgramDependenciesRequest(info=program_info(project, virtualenv="own"))
    ).dependencies
    assert ("tiny", "1.5") in [(dependency.name, dependency.version) for dependency in dependencies]

    again = text(host.stub.InstallDependencies(request(project)))

    assert "Creating virtual environment" not in again
    assert "already" in again


def test_asking_for_packages_creates_a_missing_environment(host: Host, tmp_path: Path) -> None:
    info = program_info(tmp_path, virtualenv="own")

    answer = host.stub.GetRequiredPackages(language_pb2.GetRequiredPackagesRequest(info=info))

    assert list(answer.packages) == []
    assert (tmp_path / "own" / "bin" / "python").exists()


def test_a_failed_installation_is_an_error_after_the_output_of_pip(
    host: Host, first_installation: tuple[Path, str], tmp_path: Path
) -> None:
    # An environment takes seconds to create.
    shutil.copytree(first_installation[0] / "own", tmp_path / "own", symlinks=True, copy_function=os.link)
    (tmp_path / "requirements.txt").write_text("./no-such-file.whl\n")
    found: list[language_pb2.InstallDependenciesResponse] = []

    def call() -> None:
        info = program_info(tmp_path, virtualenv="own")
        for response in host.stub.InstallDependencies(language_pb2.InstallDependenciesRequest(info=info)):
            found.append(response)  # noqa: PERF402  (the output before the failure counts)

    _, problem = refusal(call)

    assert "no-such-file.whl" in text(iter(found))
    assert "-m pip install --no-input -r requirements.txt` failed" in problem
    assert "Fix: correct requirements.txt" in problem


def test_a_folder_with_other_files_is_not_overwritten(host: Host, tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "precious").write_text("data")

    _, problem = refusal(lambda: host.stub.InstallDependencies(request(tmp_path)))

    assert "exists and is not a virtual environment" in problem
    assert [entry.name for entry in (tmp_path / "own").iterdir()] == ["precious"]


def test_the_default_virtual_environment_of_a_plugin_is_venv(host: Host, tmp_path: Path) -> None:
    asked = language_pb2.InstallDependenciesRequest(info=program_info(tmp_path), is_plugin=True)

    output = text(host.stub.InstallDependencies(asked))

    assert (tmp_path / "venv" / "bin" / "python").exists()
    assert f"No requirements.txt in {tmp_path}: nothing to install" in output
