"""The messages of the program: its outputs for the owner, and its errors at run time."""

from __future__ import annotations

import datetime
import importlib
from types import SimpleNamespace
from typing import Any

import pulumi
import pytest

from tests.components.answers import Secret
from tests.components.program import INSTALLED, run
from tests.declaration.stack_config import EARLIER, IDENTITY, OIDC, VALUES, manual, stack_file
from tests.messages.stories.book import assert_messages

IN_USE = {"KEY": {"length": 32, "keepers": {"kind": "hex"}}}
HASHED_IN_USE = {"KEY": {"length": 32, "keepers": {"kind": "hashedPassword"}}}
RSA_IN_USE = {"KEY": {"length": 64, "keepers": {"kind": "rsa of 3072"}}}
TODAY = datetime.datetime(2026, 12, 1, tzinfo=datetime.UTC)


def _output(name: str, config: dict[str, Any], **more: Any) -> str:
    found = run(config, **more).outputs[name]
    entries = found.value if isinstance(found, Secret) else found
    return "\n".join(f"{key}: {value}" for key, value in sorted(entries.items())) or "(empty)"


def _said(config: dict[str, Any]) -> str:
    # The SDK logs its own steps too.
    return "\n".join(f"info: {it}" for it in run(config, in_use=IN_USE).logged if it.startswith("KEY: "))


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
    generate = {"source": "generate", "kind": "password", "size": 24}
    edited = {**stack_file(), "apps": {"web": {"namespace": "web", "keys": {"KEY": generate}}}}
    immutable = {
        **stack_file(),
        "apps": {"web": {"namespace": "web", "keys": {"KEY": {**generate, "immutable": True}}}},
    }

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
            ("The kind and size of a generated key were edited", _said(edited)),
            ("The size of an immutable key was edited", _error(immutable, in_use=IN_USE)),
            ("The kind of a password with its hash was edited", _error(edited, in_use=HASHED_IN_USE)),
            ("The kind of an RSA key pair was edited", _error(edited, in_use=RSA_IN_USE)),
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
