"""The host answers recorded calls of the engine as the official host did."""

from __future__ import annotations

from pathlib import Path

import pytest
from google.protobuf import json_format
from google.protobuf.message import Message

from tests.plugins.language.hosting import Host
from tests.plugins.recordings import Call, load

METHODS = ("About", "GetRequiredPackages")

INSTALLED = {
    "pip": "23.2.1",
    "pulumi": "3.272.0",
    "pulumi_random": "4.21.4",
    "pulumi_kubernetes": "4.34.2",
    "pulumi_command": "1.2.1",
}


@pytest.fixture
def recorded_project(tmp_path: Path) -> Path:
    """A project with the packages of the recordings' virtual environment, whose interpreter reports the version."""
    environment = tmp_path / ".venv"
    packages = environment / "lib" / "python3.11" / "site-packages"
    packages.mkdir(parents=True)
    (environment / "pyvenv.cfg").write_text("home = /usr/bin\ninclude-system-site-packages = false\n")
    interpreter = environment / "bin" / "python"
    interpreter.parent.mkdir()
    interpreter.write_text("#!/bin/sh\necho Python 3.11.7\n")
    interpreter.chmod(0o755)
    for name, version in INSTALLED.items():
        metadata = packages / f"{name}-{version}.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n\nAbout it\n")
        module = packages / name
        module.mkdir()
        if name.startswith("pulumi_"):
            plugin = f'{{"resource": true, "name": "{name.removeprefix("pulumi_")}", "version": "{version}"}}'
            (module / "pulumi-plugin.json").write_text(plugin)
    return tmp_path


def moved(message: Message, project: Path) -> Message:
    text = json_format.MessageToJson(message).replace("/project", str(project))
    return json_format.Parse(text, type(message)())


@pytest.mark.parametrize("call", [c for c in load("language") if c.method in METHODS], ids=lambda call: call.id)
def test_a_recorded_call_has_the_recorded_answer(call: Call, host: Host, recorded_project: Path) -> None:
    assert call.response is not None

    answer = getattr(host.stub, call.method)(moved(call.request, recorded_project))

    assert answer == moved(call.response, recorded_project)
