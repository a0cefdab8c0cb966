"""The first value of each key: generated, from the config, or none until its owner sets it."""

from __future__ import annotations

import base64
import json
import string
import uuid
from typing import Any

import pytest

from tests.components.answers import BCRYPT_HASH, PROJECT_ID, RSA_PAIR, Secret
from tests.components.managed.seeds import seed_values, seeds_of
from tests.components.program import Run, run
from tests.declaration.apps import SIZES
from tests.declaration.stack_config import VALUES, stack_file

GENERATED = {"source": "generate", "kind": "hex", "size": 12}


def _run(keys: dict[str, Any] | None = None, *, folders: bool = False, **more: Any) -> Run:
    config = stack_file()
    if keys is not None:
        config["apps"] = {"web": {"namespace": "web", "keys": keys}}
    return run({**config, "store": {**config["store"], "folderPerApp": folders}, **more})


def test_a_seed_says_where_it_goes_and_holds_its_value_as_a_secret() -> None:
    done = _run({"KEY": {"source": "config"}}, values={"KEY": "given-value"})

    (seed,) = seeds_of(done)
    assert seed.inputs == {
        "projectId": PROJECT_ID,
        "environment": "prod",
        "path": "/",
        "name": "KEY",
        "value": Secret("given-value"),
        "trigger": "",
        "onNewValue": "set",
        "rotateWith": "pulumi config set --path 'homelab:rotations.KEY' $(date +%F)",
        "deliveredTo": {"web/web-secret/KEY": "web"},
        "restoreTrigger": "",
        "comment": "Managed by the Pulumi stack homelab/homelab. Apps: web.",
    }
    assert {"value", "fingerprint"} <= seed.secret_outputs
    assert not seed.protect


def test_only_the_generated_values_of_the_stack_file_are_seeded() -> None:
    done = run(stack_file())
    generated = {
        key
        for app in stack_file()["apps"].values()
        for key, declared in app["keys"].items()
        if declared["source"] == "generate"
    }

    assert set(seed_values(done)) == {f"/{key}" for key in generated}


@pytest.mark.parametrize(
    ("source", "given", "seeded"),
    [
        (GENERATED, None, "random"),
        (GENERATED, "given-value", "given-value"),
        ({"source": "config"}, "given-value", "given-value"),
        ({"source": "config"}, None, None),
        ({"source": "manual"}, None, None),
    ],
    ids=["generated", "generated, but given", "config", "config, not given", "manual"],
)
def test_a_value_comes_from_its_source(source: dict[str, Any], given: str | None, seeded: str | None) -> None:
    done = _run({"KEY": source}, values={"KEY": given} if given else {})

    expected = done.made_at_random["KEY"] if seeded == "random" else seeded
    assert seed_values(done) == ({"/KEY": expected} if expected else {})


SIZED = {
    f"{kind}_{size}": {"source": "generate", "kind": kind, "size": size}
    for kind, sizes in SIZES.items()
    for size in (*sizes, sum(sizes) // 2)
}


def test_a_generated_value_is_of_its_kind_and_size() -> None:
    seeds = seed_values(_run(SIZED))

    assert len(seeds) == len(SIZED)
    for place, value in seeds.items():
        kind, _, size = place.removeprefix("/").partition("_")
        match kind:
            case "hex":
                assert len(bytes.fromhex(value)) == int(size)
                assert value == value.lower()
            case "base64":
                assert len(base64.b64decode(value, validate=True)) == int(size)
            case "base64url":
                assert len(base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))) == int(size)
                assert "=" not in value
            case "fernet":
                assert (len(base64.urlsafe_b64decode(value)), len(value)) == (32, 44)
            case "ed25519":
                assert json.loads(value)["public"].startswith("ssh-ed25519 ")
            case "rsa":
                assert value == RSA_PAIR
            case "hashedPassword":
                pair = json.loads(value)
                assert len(pair["password"]) == int(size)
                assert pair["bcrypt"] == BCRYPT_HASH
            case "uuid":
                assert (str(uuid.UUID(value)), uuid.UUID(value).version) == (value, 4)
            case "password":
                assert len(value) == int(size)
                assert set(value) <= {*string.ascii_letters, *string.digits}


def test_a_password_has_the_declared_characters() -> None:
    declared = {"source": "generate", "kind": "password", "size": 40, "characters": "0123456789-_"}

    done = _run({"KEY": declared})

    assert len(seed_values(done)["/KEY"]) == 40
    assert set(seed_values(done)["/KEY"]) <= set("0123456789-_")
    # An edit of the characters takes effect at the next rotation, as that of the kind does.
    assert done.the("RandomPassword", "KEY").inputs["keepers"] == {"kind": "password of 0123456789-_"}


def test_no_resource_has_its_value_as_its_id() -> None:
    done = _run(SIZED)

    made_at_random = {found.type for found in done.registrations.values() if found.type.startswith("random:")}
    assert made_at_random == {"random:index/randomPassword:RandomPassword"}


def test_an_immutable_generated_value_is_protected() -> None:
    done = _run({"ONE": {**GENERATED, "immutable": True}, "TWO": {**GENERATED, "immutable": False}, "SIX": GENERATED})

    protected = {found.name for found in done.of_type("RandomPassword") if found.protect}
    assert protected & {"ONE", "TWO", "SIX"} == {"ONE"}


@pytest.mark.parametrize(
    ("immutable", "given", "expected"),
    [(False, False, "keep"), (False, True, "set"), (True, False, "hold"), (True, True, "refuse")],
)
def test_the_effect_of_a_new_value_depends_on_its_source_and_on_immutable(
    immutable: bool, given: bool, expected: str
) -> None:
    values = {"KEY": "given-value"} if given else {}

    (seed,) = seeds_of(_run({"KEY": {**GENERATED, "immutable": immutable}}, values=values))

    assert seed.inputs["onNewValue"] == expected


@pytest.mark.parametrize("declared", [{}, {"immutable": True}], ids=["no trigger", "immutable"])
def test_removing_a_trigger_keeps_the_value(declared: dict[str, Any]) -> None:
    """A changed trigger replaces the generated value; a removed one must not."""
    done = _run({"KEY": {**GENERATED, **declared}})

    made = done.the("RandomPassword", "KEY")
    assert made.inputs["keepers"] == {"kind": "hex"}
    assert "keepers" in made.ignored_changes


def test_only_a_trigger_replaces_a_generated_value() -> None:
    """An edited kind or size must not."""
    done = _run({"KEY": GENERATED}, rotations={"KEY": "2026-11"})

    made = done.the("RandomPassword", "KEY")
    assert made.inputs["keepers"] == {"kind": "hex", "trigger": "2026-11"}
    assert {*made.inputs} - {"keepers"} <= made.ignored_changes
    assert made.ignored_changes & {"keepers", "keepers.kind", "keepers.trigger"} == {"keepers.kind"}


def test_adding_or_removing_config_values_keeps_generated_values_in_the_state() -> None:
    """A value that is no longer registered would be deleted from the state."""
    without, having = run(stack_file()), run({**stack_file(), "values": VALUES})

    assert seed_values(without) != seed_values(having)
    for found in without.of_type("RandomPassword"):
        assert having.registrations[found.urn] == found


def test_a_value_is_in_the_state_before_it_is_in_infisical() -> None:
    done = run(stack_file())

    for seed in [it for it in seeds_of(done) if "value" in it.inputs]:
        assert done.the("RandomPassword", seed.inputs["name"]).urn in seed.dependencies


def test_an_rsa_key_pair_is_in_the_state_before_it_is_in_infisical() -> None:
    done = _run({"KEY": {"source": "generate", "kind": "rsa"}})

    pair, (seed,) = done.the("infisical:RsaKeyPair", "KEY"), seeds_of(done)
    assert pair.inputs["bits"] == 3072
    assert isinstance(pair.inputs["trigger"], Secret)
    assert done.the("RandomPassword", "KEY").urn in pair.dependencies
    assert pair.urn in seed.dependencies


def test_a_key_that_two_apps_read_is_seeded_once() -> None:
    apps = {name: {"namespace": name, "keys": {"KEY": GENERATED}} for name in ("one", "two")}
    done = run({**stack_file(), "apps": apps})

    assert list(seed_values(done)) == ["/KEY"]


def test_seeds_wait_for_their_project() -> None:
    done = run(stack_file())

    for seed in seeds_of(done):
        assert done.the("infisical:Project", "project").urn in seed.dependencies
