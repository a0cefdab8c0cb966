"""The host refuses what it does not support, and reports the fix."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import language_pb2

from tests.plugins.language.hosting import Host, program_info, refusal


@pytest.mark.parametrize(
    ("method", "request_type", "fix"),
    [
        ("GenerateProject", "GenerateProjectRequest", "official Pulumi CLI"),
        ("GeneratePackage", "GeneratePackageRequest", "requirements.txt"),
        ("Pack", "PackRequest", "python -m build"),
        ("Link", "LinkRequest", "requirements.txt"),
        ("RuntimeOptionsPrompts", "RuntimeOptionsRequest", "official Pulumi CLI"),
        ("Template", "TemplateRequest", "official Pulumi CLI"),
        ("GetRequiredPlugins", "GetRequiredPluginsRequest", "GetRequiredPackages"),
    ],
)
def test_an_unsupported_call_is_refused_with_the_fix(method: str, request_type: str, fix: str, host: Host) -> None:
    code, text = refusal(lambda: getattr(host.stub, method)(getattr(language_pb2, request_type)()))

    assert code == grpc.StatusCode.UNIMPLEMENTED
    assert text.startswith("This Python language host does not support ")
    assert fix in text.partition(" Fix: ")[2]


def test_a_generated_program_is_a_comment_with_the_fix(host: Host) -> None:
    """After an import: its success must not end in an error."""
    answer = host.stub.GenerateProgram(language_pb2.GenerateProgramRequest())

    (text,) = answer.source.values()
    assert text.startswith(b"# This Python language host generates no code. Fix: declare the imported resources in ")


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (
            {"toolchain": "poetry"},
            "found 'poetry', expected pip, the only toolchain of this Python language host. Fix: create the ",
        ),
        ({"toolchain": "uv"}, "virtual environment with uv, then set `toolchain: pip` and `virtualenv: .venv`"),
        ({"toolchain": "conda"}, "`toolchain`: found 'conda', expected pip. Fix: correct `runtime.options.toolchain`"),
        ({"typechecker": "mypy"}, "Fix: remove the option from Pulumi.yaml, and run mypy before `pulumi`"),
        ({"typechecker": "pyright"}, "`typechecker`: found 'pyright', expected none"),
        ({"virtualenv": 3}, "`virtualenv`: found 3.0, expected a string"),
        ({"virtualenv": "nowhere"}, "nowhere does not exist. Fix: run `pulumi install`"),
    ],
)
def test_an_option_that_is_not_supported_is_reported(
    options: dict[str, object], problem: str, host: Host, tmp_path: Path
) -> None:
    code, text = refusal(lambda: host.stub.About(language_pb2.AboutRequest(info=program_info(tmp_path, **options))))

    # Not "unimplemented": the engine would continue as if it had not asked.
    assert code in (grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.INVALID_ARGUMENT)
    assert problem in text


def test_a_folder_that_is_not_a_virtual_environment_is_reported(host: Host, tmp_path: Path) -> None:
    (tmp_path / "venv").mkdir()
    (tmp_path / "venv" / "something").touch()
    about = language_pb2.AboutRequest(info=program_info(tmp_path, virtualenv="venv"))

    _, text = refusal(lambda: host.stub.About(about))

    assert "is not a virtual environment (it has no bin/python)" in text


def test_the_version_is_that_of_the_sdk(host: Host) -> None:
    assert host.stub.GetPluginInfo(empty_pb2.Empty()).version == version("pulumi")
