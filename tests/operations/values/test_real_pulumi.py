"""The stack config as the real pulumi keeps it: every value stays the string that it was."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from operations.__main__ import main
from tests.operations.values.lab import APPS
from tooling.stack import Workspace
from tooling.toolchain import Tools
from tooling.toolchain.progress import Reporter

VALUES = {"WEB_TOKEN": "0123", "WEB_KEY": "true", "MAIL_PASSWORD": '{"a": "b"}\n', "MAIL_DATABASE": "'\"\\$HOME\nß"}


def test_the_values_are_encrypted_and_read_again_as_they_were(
    tools: Tools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    workspace = Workspace(tmp_path / "workspace", tools, None, stack="homelab")
    workspace.ensure(Reporter())
    for name, value in workspace.environment().items():
        monkeypatch.setenv(name, value)
    project = tmp_path / "project"
    project.mkdir()
    (project / "Pulumi.yaml").write_text("name: homelab\nruntime: python\n")
    file = project / "Pulumi.homelab.yaml"
    store = {"hostAPI": "http://i.example.net", "projectSlug": "homelab", "environmentSlug": "prod"}
    infisical = {"url": "http://i.example.net", "adminEmail": "a@example.net"}
    config = {"infisical": infisical, "store": store, "apps": APPS}
    entries = [f"  homelab:{key}: {json.dumps(value)}" for key, value in config.items()]
    file.write_text("\n".join(["# A comment that stays.", "config:", *entries, ""]))
    workspace.run("stack", "init", "homelab", cwd=project)
    values = tmp_path / "values.json"
    values.write_text(json.dumps(VALUES))
    command = ["import-values", str(values), "--project", str(project), "--yes", "--json"]

    first, report = main(command), json.loads(capfd.readouterr().out)
    second, again = main(command), json.loads(capfd.readouterr().out)

    assert (first, report["written"]) == (0, list(VALUES))
    assert (second, again["written"], {each["result"] for each in again["values"]}) == (0, [], {"equal"})
    text = file.read_text()
    assert text.startswith("# A comment that stays.\n")
    assert text.count("secure: ") == len(VALUES)
    assert "HOME" not in text
