"""What would be lost by going on is looked at before: a key that no undo brings back, values that are newer."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from infisical.api.http.session import Login
from infisical.api.secret_copies import SecretCopy
from operations.encryption_key import command, steps
from operations.encryption_key.errors import Differs, Refused
from operations.encryption_key.export import Export, Spot
from operations.encryption_key.journal import Record, begin
from operations.encryption_key.rotation import rotate, undo
from operations.encryption_key.seal import Seal
from operations.encryption_key.server import Everything
from operations.encryption_key.site import Deployed, Site
from operations.encryption_key.steps import Choices

KEY, OTHER_KEY = "0123456789abcdef" * 2, "fedcba9876543210" * 2
CHOICES = Choices(lambda: "dev", leave_others=False)


class Cut(Exception):
    """In the place of a kill."""


@dataclass
class FakeCluster:
    """Infisical's Deployment and Secret; `cut` is the call in which the command is killed."""

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
    """One value, which somebody may change."""

    value: str = "canary-of-before"
    url: str = "http://infisical"

    def read(self, identities: Any = ()) -> Everything:
        folders = ((Spot("prod", "/"), (SecretCopy("KEY", self.value),)),)
        return Everything(Export("homelab", "homelab", {"prod": "Production"}, folders), ())

    def wait(self) -> None:
        """It answers."""


class FakeStack:
    name = "dev"

    def state(self, *, decrypted: bool) -> dict[str, Any]:
        return {}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    deployed = Deployed(("a", "b"), "c", KEY, "http://infisical", Login(), "homelab", (), "", "")
    record, seal = begin(tmp_path, "dev"), Seal("passphrase")
    fakes = cast("Any", (FakeStack(), FakeCluster(), FakeInfisical()))
    stack, cluster, infisical = fakes
    return Site(stack, record, cluster, None, infisical, deployed, seal, lambda text: None)  # type: ignore[arg-type]


def test_a_key_in_the_cluster_that_an_undo_would_not_bring_back_refuses_the_rotation(site: Site) -> None:
    fake = cast("FakeCluster", site.cluster)
    fake.key = OTHER_KEY

    with pytest.raises(Refused) as refused:
        rotate(site, CHOICES)

    assert "is another one than in the stack's state" in str(refused.value)
    assert KEY not in str(refused.value)
    assert OTHER_KEY not in str(refused.value)
    assert fake.calls == []


@pytest.mark.parametrize("cut", ["pause", "stop"])
def test_a_value_that_was_set_before_a_killed_rotation_goes_on_is_not_left_behind(site: Site, cut: str) -> None:
    fake = cast("FakeCluster", site.cluster)
    fake.cut = cut
    with pytest.raises(Cut):
        rotate(site, CHOICES)
    cast("FakeInfisical", site.infisical).value = "canary-of-the-day-after"

    with pytest.raises(Differs, match="values were changed in Infisical after they were exported"):
        rotate(site, CHOICES)

    assert fake.running == 1
    undo(site, CHOICES)
    assert site.record.journal.outcome == "undone"
    assert fake.calls[-1] == "resume"


def test_an_export_that_is_not_what_was_read_ends_the_rotation_before_anything_changes(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Everything(FakeInfisical("canary-of-another").read().export, ())
    monkeypatch.setattr(steps, "write_private", lambda path, text: path.write_bytes(site.seal.close(_json(other))))

    with pytest.raises(Differs, match=r"1 of 1 values in .* are not what was exported"):
        rotate(site, CHOICES)

    assert cast("FakeCluster", site.cluster).calls == []
    assert not site.record.folder.exists()


def _json(everything: Everything) -> bytes:
    return everything.export.to_json()


def test_another_passphrase_is_refused_before_the_rotation_goes_on(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its hash the old key would be taken for a new one."""
    fake = cast("FakeCluster", site.cluster)
    fake.cut = "pause"
    with pytest.raises(Cut):
        rotate(site, CHOICES)
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "passphrase of another")

    with pytest.raises(Refused, match="the passphrase is not the one that it was made with"):
        command._seal(Record(site.record.folder))

    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "passphrase")
    assert command._seal(Record(site.record.folder)).fingerprint(KEY) == site.record.journal.old_key
