"""The messages of the program: its outputs for the owner, and its errors at run time."""

from __future__ import annotations

import datetime
import importlib
from types import SimpleNamespace
from typing import Any

import pulumi
import pytest

from tests.components.answers import Secret
from tests.components.program import run
from tests.declaration.stack_config import EARLIER, IDENTITY, OIDC, VALUES, manual, stack_file
from tests.messages.book import assert_messages

TODAY = datetime.datetime(2026, 12, 1, tzinfo=datetime.UTC)
INSTALLED = {"installed-on": "2020-01-31"}


def _output(name: str, config: dict[str, Any], **more: Any) -> str:
    found = run(config, **more).outputs[name]
    entries = found.value if isinstance(found, Secret) else found
    return "\n".join(f"{key}: {value}" for key, value in sorted(entries.items())) or "(empty)"


def _error(config: dict[str, Any], **more: Any) -> str:
    with pytest.raises(pulumi.RunError) as caught:
        run(config, **more)
    return f"error: {caught.value}"


def test_every_message_of_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    today = SimpleNamespace(now=lambda _: TODAY)
    frozen = SimpleNamespace(datetime=today, UTC=datetime.UTC, date=datetime.date, timedelta=datetime.timedelta)
    monkeypatch.setattr(importlib.import_module("components.rotation_dates"), "datetime", frozen)
    shared = {name: {"namespace": name, "keys": {"KEY": {"source": "manual"}}} for name in ("one", "two")}
    folders = {**stack_file(), "apps": shared, "store": {**stack_file()["store"], "folderPerApp": True}}
    rotated = {"infisicalAuthSecret": "2026-11", "infisicalMachineIdentityClientSecret": "2020-01-31"}
    key = {"infisicalEncryptionKey": EARLIER["infisicalEncryptionKey"]}

    assert_messages(
        "program",
        [
            ("nextSteps: manual mode, nothing is set", _output("nextSteps", manual())),
            ("nextSteps: manual mode, everything is set", _output("nextSteps", {**manual(), **IDENTITY, **OIDC})),
            (
                "nextSteps: values are missing",
                _output("nextSteps", stack_file(), missing=["GITHUB_TOKEN", "GRAFANA_OAUTH_CLIENT_SECRET"]),
            ),
            ("nextSteps: a value is missing in two folders", _output("nextSteps", folders, missing=["KEY"])),
            (
                "nextSteps: rotations are overdue",
                _output("nextSteps", {**stack_file(), **OIDC, "values": VALUES, **EARLIER}, stashed=INSTALLED),
            ),
            ("rotations", _output("rotations", {**stack_file(), "rotations": rotated}, stashed=INSTALLED)),
            (
                "infisicalEncryptionKey differs from the key in the state",
                _error({**stack_file(), **key}, stashed={"infisical-encryption-key": "f" * 32}),
            ),
            (
                "Argo CD's project does not allow the Application",
                _error(
                    {**stack_file(), "argocd": {"project": "secrets"}},
                    project={"sourceRepos": ["https://git.example.net/*"], "destinations": [{"namespace": "web"}]},
                ),
            ),
            ("A stack config with an error", _error({**stack_file(), "infisical": {"url": "https://i.example.net"}})),
        ],
    )
