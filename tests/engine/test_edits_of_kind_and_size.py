"""An edit of a generated key's kind or size takes effect at the next rotation, and keeps the value until then."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.engine.homelab import OfflineHomelab
from tests.pulumi_state import unmarked

PASSWORD = "GRAFANA_ADMIN_PASSWORD"
TOKEN, SIGNING_KEY = "GRAFANA_TOKEN", "GRAFANA_SIGNING_KEY"
ROTATE = "`pulumi config set --path 'homelab:rotations.{name}' $(date +%F)`"


@pytest.fixture(scope="module")
def homelab(homelab: OfflineHomelab) -> OfflineHomelab:
    homelab.keys[PASSWORD] = {"source": "generate", "kind": "hex", "size": 12}
    homelab.keys[TOKEN] = {"source": "generate", "kind": "hex", "size": 16}
    homelab.keys[SIGNING_KEY] = {"source": "generate", "kind": "hex", "size": 32, "immutable": True}
    homelab.up()
    return homelab


def values(homelab: OfflineHomelab) -> dict[str, Any]:
    """What each key would be seeded with."""
    return {
        name: unmarked(secret["inputs"]["value"])
        for name, secret in homelab.resources("infisical:index:Secret").items()
    }


@pytest.mark.parametrize(
    ("name", "edit", "said"),
    [
        (PASSWORD, {"size": 24}, "size 12 → 24 takes effect"),
        (PASSWORD, {"kind": "password", "size": 20}, "kind hex → password and size 12 → 20 take effect"),
        # Hex and base64 have the same characters in the state.
        (TOKEN, {"kind": "base64"}, "kind hex → base64 takes effect"),
    ],
    ids=["size", "kind and size", "kind alone"],
)
def test_an_edit_changes_nothing_and_the_preview_says_when_it_takes_effect(
    homelab: OfflineHomelab, name: str, edit: dict[str, Any], said: str
) -> None:
    before = values(homelab)
    homelab.keys[name] |= edit

    # With its preview.
    done = homelab.run("up", "--yes", "--expect-no-changes")

    preview = done.stdout.partition("Updating (")[0]
    assert f"{name}: {said} at the next rotation: {ROTATE.format(name=name)}" in preview
    assert done.returncode == 0, done.stdout + done.stderr
    assert values(homelab) == before


def test_the_next_rotation_uses_the_edited_kind_and_size(homelab: OfflineHomelab) -> None:
    before = values(homelab)
    for name in (PASSWORD, TOKEN):
        homelab.rotate(name, "2026-11")

    preview, said = homelab.preview(), homelab.up()

    after = values(homelab)
    assert "effect at the next rotation" not in preview.stderr + said
    assert len(after[PASSWORD]) == 20
    assert len(base64.b64decode(after[TOKEN], validate=True)) == 16
    assert {name for name in before if before[name] != after[name]} == {PASSWORD, TOKEN}


def test_after_a_rotation_an_edit_waits_for_the_next_one(homelab: OfflineHomelab) -> None:
    before = values(homelab)
    homelab.keys[TOKEN] |= {"kind": "hex", "size": 32}

    said = homelab.up()

    assert f"{TOKEN}: kind base64 → hex and size 16 → 32 take effect at the next rotation" in said
    assert values(homelab) == before
    homelab.rotate(TOKEN, "2026-12")
    homelab.up()
    assert len(values(homelab)[TOKEN]) == 64


def test_removing_the_trigger_keeps_the_value(homelab: OfflineHomelab) -> None:
    before = values(homelab)
    del homelab.config["homelab:rotations"]

    homelab.up()

    assert values(homelab) == before


@pytest.mark.parametrize("edit", [{"size": 16}, {"kind": "base64"}, {"kind": "password"}], ids=lambda edit: str(edit))
def test_an_edit_of_an_immutable_key_is_refused_with_the_reason(homelab: OfflineHomelab, edit: dict[str, Any]) -> None:
    before, declared = values(homelab), dict(homelab.keys[SIGNING_KEY])
    homelab.keys[SIGNING_KEY] |= edit

    preview = homelab.preview()
    homelab.keys[SIGNING_KEY] = declared

    shown = preview.stdout + preview.stderr
    assert preview.returncode != 0
    assert f"{SIGNING_KEY} is immutable, and its kind or size was edited" in shown
    assert "fix:      write `kind: hex` and `size: 32`" in shown
    assert "protect`" not in shown
    assert values(homelab) == before


def test_a_value_of_an_earlier_version_is_not_generated_again(homelab: OfflineHomelab) -> None:
    """Earlier states have no kind: it is the declared one."""
    before = values(homelab)

    def forget(resources: list[dict[str, Any]]) -> None:
        for each in resources:
            if each["type"].endswith(":RandomPassword"):
                each["inputs"].pop("keepers", None)
                each["outputs"]["keepers"] = None

    homelab.edit_state(forget)
    homelab.up()
    assert values(homelab) == before
    homelab.rotate(TOKEN, "2027-01")
    homelab.up()

    assert {name for name, value in values(homelab).items() if before[name] != value} == {TOKEN}


def test_an_edit_to_an_rsa_key_pair_also_waits_for_the_rotation(homelab: OfflineHomelab) -> None:
    before = values(homelab)
    homelab.keys[TOKEN] = {"source": "generate", "kind": "rsa"}

    said = homelab.up()

    assert f"{TOKEN}: kind hex → rsa and size 32 → 3072 take effect at the next rotation" in said
    assert values(homelab) == before
    homelab.rotate(TOKEN, "2027-02")
    homelab.up()
    pair = homelab.resources("infisical:index:RsaKeyPair")[TOKEN]
    assert unmarked(pair["inputs"]["trigger"]) == homelab.generated(TOKEN)
    assert {name: value for name, value in values(homelab).items() if before[name] != value} == {
        TOKEN: unmarked(pair["outputs"]["pair"])
    }


def test_an_edited_size_of_an_rsa_key_pair_computes_no_new_one(homelab: OfflineHomelab) -> None:
    homelab.keys[TOKEN] = {"source": "generate", "kind": "rsa", "size": 4096}

    done = homelab.run("up", "--yes", "--expect-no-changes")

    assert f"{TOKEN}: size 3072 → 4096 takes effect at the next rotation" in done.stdout
    assert done.returncode == 0, done.stdout + done.stderr
    homelab.rotate(TOKEN, "2027-03")
    homelab.up()
    assert homelab.resources("infisical:index:RsaKeyPair")[TOKEN]["inputs"]["bits"] == 4096
