"""What the host does not do, it refuses with what to do instead; what it is asked in passing, it answers."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import language_pb2

from tests.plugins.language.hosting import Host, program_info, refusal


@pytest.mark.parametrize(
    ("method", "request_type", "instead"),
    [
        ("GenerateProgram", "GenerateProgramRequest", "--generate-code=false"),
        ("GenerateProject", "GenerateProjectRequest", "official Pulumi CLI"),
        ("GeneratePackage", "GeneratePackageRequest", "requirements.txt"),
        ("Pack", "PackRequest", "python -m build"),
        ("Link", "LinkRequest", "requirements.txt"),
        ("GetRequiredPlugins", "GetRequiredPluginsRequest", "GetRequiredPackages"),
    ],
)
def test_what_is_not_offered_says_what_to_do_instead(method: str, request_type: str, instead: str, host: Host) -> None:
    code, text = refusal(lambda: getattr(host.stub, method)(getattr(language_pb2, request_type)()))

    assert code == grpc.StatusCode.UNIMPLEMENTED
    assert instead in text


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"toolchain": "poetry"}, "Let poetry make the virtual environment, then set `toolchain: pip`"),
        ({"toolchain": "uv"}, "Let uv make the virtual environment, then set `toolchain: pip`"),
        ({"toolchain": "conda"}, "`toolchain` is 'conda': it must be one of pip, poetry, uv"),
        ({"typechecker": "pyre"}, "`typechecker` is 'pyre': it must be one of mypy, pyright"),
        ({"virtualenv": 3}, "`virtualenv` is 3.0: it must be a string"),
        ({"virtualenv": "nowhere"}, "nowhere does not exist. Run `pulumi install`"),
    ],
)
def test_an_option_that_cannot_be_followed_is_named(
    options: dict[str, object], problem: str, host: Host, tmp_path: Path
) -> None:
    code, text = refusal(lambda: host.stub.About(language_pb2.AboutRequest(info=program_info(tmp_path, **options))))

    # Not "unimplemented": the engine would go on as if nothing had been asked.
    assert code in (grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.INVALID_ARGUMENT)
    assert problem in text


def test_a_folder_that_is_no_virtual_environment_is_told_from_a_missing_one(host: Host, tmp_path: Path) -> None:
    (tmp_path / "venv").mkdir()
    (tmp_path / "venv" / "something").touch()
    about = language_pb2.AboutRequest(info=program_info(tmp_path, virtualenv="venv"))

    _, text = refusal(lambda: host.stub.About(about))

    assert "is not a virtual environment (it has no bin/python)" in text


def test_the_hosts_version_is_the_sdks(host: Host) -> None:
    assert host.stub.GetPluginInfo(empty_pb2.Empty()).version == version("pulumi")


def test_a_new_project_is_asked_for_its_toolchain_then_its_virtual_environment(host: Host, tmp_path: Path) -> None:
    def prompts(**options: object) -> list[tuple[str, str]]:
        asked = language_pb2.RuntimeOptionsRequest(info=program_info(tmp_path, **options))
        return [(p.key, p.default.stringValue) for p in host.stub.RuntimeOptionsPrompts(asked).prompts]

    assert prompts() == [("toolchain", "pip")]
    assert prompts(toolchain="pip") == [("virtualenv", "venv")]
    assert prompts(toolchain="pip", virtualenv=".venv") == []


def test_a_template_needs_nothing_more(host: Host, tmp_path: Path) -> None:
    asked = language_pb2.TemplateRequest(info=program_info(tmp_path), project_name="trial")

    assert host.stub.Template(asked) == language_pb2.TemplateResponse()
