"""A rotation stops before it would lose something: a key that an undo cannot restore, or newer values."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from infisical.api.http.session import Login
from infisical.api.secret_copies import SecretCopy
from operations.encryption_key import command, steps
from operations.encryption_key.cipher import Cipher
from operations.encryption_key.context import Context, Deployed
from operations.encryption_key.errors import Differs, Refused
from operations.encryption_key.export import Export, Folder
from operations.encryption_key.journal import Record, begin
from operations.encryption_key.rotation import rotate, undo
from operations.encryption_key.server import Content
from operations.encryption_key.steps import Choices

KEY, OTHER_KEY = "0123456789abcdef" * 2, "fedcba9876543210" * 2
CHOICES = Choices(lambda: "dev", leave_others=False)


class Cut(Exception):
    """Raised instead of a kill."""


@dataclass
class FakeCluster:
    """Infisical's Deployment and Secret. The command is killed during the call that `cut` names."""

    key: str = KEY
    running: int = 1
    cut: str = ""
    calls: list[str] = field(default_factory=list)

    def pause(self) -> None:
        self._called("pause")

    def resume(self) -> None:
        self._called("resume")

    def replicas(self) -> dict[str, int]:
        return {"infisical": self.running}

    def stop(self, deployments: dict[str, int]) -> None:
        self._called("stop")
        self.running = 0

    def start(self, deployments: dict[str, int]) -> None:
        self._called("start")
        self.running = 1

    def encryption_key(self) -> str:
        return self.key

    def _called(self, name: str) -> None:
        self.calls.append(name)
        if name == self.cut:
            self.cut = ""
            raise Cut


@dataclass
class FakeInfisical:
    """A server with one value, which tests change."""

    value: str = "canary-of-before"
    url: str = "http://infisical"

    def read(self, identities: Any = ()) -> Content:
        folders = ((Folder("prod", "/"), (SecretCopy("KEY", self.value),)),)
        return Content(Export("homelab", "homelab", {"prod": "Production"}, folders), ())

    def wait(self) -> None:
        """It answers."""


class FakeStack:
    name = "dev"

    def state(self, *, decrypted: bool) -> dict[str, Any]:
        return {}


@pytest.fixture
def context(tmp_path: Path) -> Context:
    deployed = Deployed(("a", "b"), "c", KEY, "http://infisical", Login(), "homelab", (), "", "")
    record, cipher = begin(tmp_path, "dev"), Cipher("passphrase")
    fakes = cast("Any", (FakeStack(), FakeCluster(), FakeInfisical()))
    stack, cluster, infisical = fakes
    return Context(stack, record, cluster, None, infisical, deployed, cipher, lambda text: None)  # type: ignore[arg-type]


def test_a_key_in_the_cluster_that_an_undo_could_not_restore_is_refused(context: Context) -> None:
    fake = cast("FakeCluster", context.cluster)
    fake.key = OTHER_KEY

    with pytest.raises(Refused) as refused:
        rotate(context, CHOICES)

    assert "differs from the one in the stack's state" in str(refused.value)
    assert KEY not in str(refused.value)
    assert OTHER_KEY not in str(refused.value)
    assert fake.calls == []


@pytest.mark.parametrize("cut", ["pause", "stop"])
def test_a_value_that_was_set_before_a_killed_rotation_continues_is_not_lost(context: Context, cut: str) -> None:
    fake = cast("FakeCluster", context.cluster)
    fake.cut = cut
    with pytest.raises(Cut):
        rotate(context, CHOICES)
    cast("FakeInfisical", context.infisical).value = "canary-of-the-day-after"

    with pytest.raises(Differs, match="changed after the export"):
        rotate(context, CHOICES)

    assert fake.running == 1
    undo(context, CHOICES)
    assert context.record.journal.outcome == "undone"
    assert fake.calls[-1] == "resume"


def test_a_damaged_export_stops_the_rotation_before_anything_changes(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Content(FakeInfisical("canary-of-another").read().export, ())
    monkeypatch.setattr(
        steps, "write_private", lambda path, text: path.write_bytes(context.cipher.encrypt(other.export.to_json()))
    )

    with pytest.raises(Differs, match=r"1 of 1 values in .* differ from the export"):
        rotate(context, CHOICES)

    assert cast("FakeCluster", context.cluster).calls == []
    assert not context.record.folder.exists()


def test_a_wrong_passphrase_is_refused_before_the_rotation_continues(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old key has a different hash with it, and would count as a new key."""
    fake = cast("FakeCluster", context.cluster)
    fake.cut = "pause"
    with pytest.raises(Cut):
        rotate(context, CHOICES)
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "passphrase of another")

    with pytest.raises(Refused, match="cannot be decrypted"):
        command._cipher(Record(context.record.folder))

    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "passphrase")
    assert command._cipher(Record(context.record.folder)).fingerprint(KEY) == context.record.journal.old_key
