"""InstallDependencies: makes the virtual environment, installs requirements.txt, and is honest when it cannot."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

from pulumi.runtime.proto import language_pb2

from tests.plugins.language.hosting import Host, program_info, refusal


def write_wheel(folder: Path) -> str:
    """A package that needs no index; the answer is its file name."""
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


def test_a_missing_environment_is_made_and_filled_and_then_kept(host: Host, tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text(f"./{write_wheel(tmp_path)}\n")

    first = text(host.stub.InstallDependencies(request(tmp_path)))

    assert "Creating virtual environment" in first
    assert "Successfully installed tiny-1.5" in first
    assert first.endswith("Finished installing dependencies\n\n")
    dependencies = host.stub.GetProgramDependencies(
        language_pb2.GetProgramDependenciesRequest(info=program_info(tmp_path, virtualenv="own"))
    ).dependencies
    assert ("tiny", "1.5") in [(dependency.name, dependency.version) for dependency in dependencies]

    again = text(host.stub.InstallDependencies(request(tmp_path)))

    assert "Creating virtual environment" not in again
    assert "already" in again


def test_asking_for_packages_makes_a_missing_environment(host: Host, tmp_path: Path) -> None:
    info = program_info(tmp_path, virtualenv="own")

    answer = host.stub.GetRequiredPackages(language_pb2.GetRequiredPackagesRequest(info=info))

    assert list(answer.packages) == []
    assert (tmp_path / "own" / "bin" / "python").exists()


def test_what_pip_cannot_install_is_an_error_with_its_messages_before(host: Host, tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("./no-such-file.whl\n")
    (tmp_path / "venv").mkdir()
    seen: list[language_pb2.InstallDependenciesResponse] = []

    def call() -> None:
        info = program_info(tmp_path, virtualenv="own")
        seen.extend([])
        for response in host.stub.InstallDependencies(language_pb2.InstallDependenciesRequest(info=info)):
            seen.append(response)  # noqa: PERF402  (what came before the failure counts)

    _, problem = refusal(call)

    assert "no-such-file.whl" in text(iter(seen))
    assert "-m pip install --no-input -r requirements.txt` failed" in problem
    assert "Mend requirements.txt" in problem


def test_a_folder_of_something_else_is_not_overwritten(host: Host, tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "precious").write_text("data")

    _, problem = refusal(lambda: host.stub.InstallDependencies(request(tmp_path)))

    assert "exists and is not a virtual environment" in problem
    assert [entry.name for entry in (tmp_path / "own").iterdir()] == ["precious"]


def test_a_plugins_environment_is_venv_where_its_options_do_not_say(host: Host, tmp_path: Path) -> None:
    asked = language_pb2.InstallDependenciesRequest(info=program_info(tmp_path), is_plugin=True)

    said = text(host.stub.InstallDependencies(asked))

    assert (tmp_path / "venv" / "bin" / "python").exists()
    assert "has no requirements.txt: there is nothing to install" in said
