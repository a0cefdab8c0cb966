"""The drill takes the passphrase of the stack from where pulumi takes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from drill.command import passphrase
from operations.errors import OperationError


def test_the_variable_has_it() -> None:
    assert passphrase({"PULUMI_CONFIG_PASSPHRASE": "right", "PULUMI_CONFIG_PASSPHRASE_FILE": "/nowhere"}) == "right"


def test_an_empty_passphrase_is_one() -> None:
    assert passphrase({"PULUMI_CONFIG_PASSPHRASE": ""}) == ""


def test_a_file_has_it(tmp_path: Path) -> None:
    (file := tmp_path / "passphrase").write_text("right\n")

    assert passphrase({"PULUMI_CONFIG_PASSPHRASE_FILE": str(file)}) == "right"


def test_nobody_is_asked_without_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)

    with pytest.raises(OperationError, match=r"set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE"):
        passphrase({})
