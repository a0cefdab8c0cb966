"""Throw-away secrets, set and removed with the real pulumi on a stack without resources."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.stack.throw_away import ensure_throw_away_secrets
from tests.sandbox.conftest import Listener
from tooling.stack import Workspace
from tooling.stack.config import StackFile
from tooling.toolchain import Tools


class Stack:
    """A stack, with the record of the secrets that were set."""

    def __init__(self, folder: Path, tools: Tools) -> None:
        self.listener = Listener()
        self.workspace = Workspace(folder / "workspace", tools, None, stack="test")
        self.workspace.ensure(self.listener)
        self.file = StackFile(folder / "Pulumi.test.yaml")
        self.record = folder / "record"
        self.folder = folder
        (folder / "Pulumi.yaml").write_text("{name: homelab, runtime: yaml}\n")
        self.pulumi("stack", "init", "test")

    def pulumi(self, *arguments: str) -> str:
        return self.workspace.run(*arguments, cwd=self.folder)

    def declare(self, *keys: str, mode: str = "managed") -> None:
        """Declare an app with keys from the stack."""
        apps = {"web": {"namespace": "web", "keys": {key: {"source": "config"} for key in keys}}}
        content = self.file.read()
        config = {**content.get("config", {}), "homelab:infisical": {"mode": mode}, "homelab:apps": apps}
        self.file.write({**content, "config": config})

    def ensure(self) -> None:
        ensure_throw_away_secrets(self.workspace, self.file, self.record, self.listener)

    def values(self) -> dict[str, Any]:
        return dict(self.file.config().get("homelab:values", {}))


@pytest.fixture(scope="module")
def stack(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """One stack: each test continues with the secrets that the previous one left."""
    return Stack(tmp_path_factory.mktemp("throw-away"), tools)


def test_each_secret_is_set_once_and_encrypted(stack: Stack) -> None:
    stack.declare("A", "B.C")
    stack.ensure()
    values = stack.values()
    before = stack.file.path.read_bytes()

    stack.ensure()

    assert {key: set(value) for key, value in values.items()} == {"A": {"secure"}, "B.C": {"secure"}}
    assert stack.file.path.read_bytes() == before
    assert len(stack.pulumi("config", "get", "--path", 'homelab:values["B.C"]').strip()) == 64


def test_no_value_is_in_the_record_or_unencrypted_in_the_file(stack: Stack) -> None:
    value = stack.pulumi("config", "get", "--path", "homelab:values.A").strip()

    assert value not in stack.record.read_text()
    assert value not in stack.file.path.read_text()
    assert stack.record.stat().st_mode & 0o777 == 0o600
    recorded = ["homelab:argocdOidcClientSecret", 'homelab:values["A"]', 'homelab:values["B.C"]']
    assert yaml.safe_load(stack.record.read_text()) == recorded


def test_a_broken_declaration_removes_no_value(stack: Stack) -> None:
    before = stack.values()
    stack.declare()

    stack.ensure()

    assert before
    assert stack.values() == before


def test_values_follow_the_declared_keys(stack: Stack) -> None:
    kept = stack.values()["B.C"]
    stack.declare("B.C", "D")

    stack.ensure()

    assert set(stack.values()) == {"B.C", "D"}
    assert stack.values()["B.C"] == kept


def test_a_users_change_is_kept(stack: Stack) -> None:
    stack.pulumi("config", "rm", "--path", 'homelab:values["B.C"]')
    stack.pulumi("config", "set", "--secret", "--path", "homelab:values.D", "mine")

    stack.ensure()

    assert set(stack.values()) == {"D"}
    assert stack.pulumi("config", "get", "--path", "homelab:values.D").strip() == "mine"


def test_a_change_of_the_mode_removes_the_secrets_of_the_previous_mode(stack: Stack) -> None:
    stack.declare("D", mode="manual")
    stack.ensure()
    assert "homelab:values" not in stack.file.config()
    assert sum("MachineIdentity" in key for key in stack.file.config()) == 2
    stack.declare("D")

    stack.ensure()

    assert not any("MachineIdentity" in key for key in stack.file.config())
    assert set(stack.values()) == {"D"}
