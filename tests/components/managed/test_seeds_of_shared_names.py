"""Keys of one name in several folders or apps: each is seeded for itself, and knows the Secrets that it is in."""

from __future__ import annotations

from typing import Any

import pytest

from tests.components.managed.seeds import seed_values, seeds_of
from tests.components.program import Run, run
from tests.declaration.stack_config import stack_file

GENERATED = {"source": "generate", "kind": "hex", "size": 12}


def _in_folders(apps: dict[str, Any], *, folders: bool = True, **more: Any) -> Run:
    config = {**stack_file(), "apps": apps, **more}
    return run({**config, "store": {**config["store"], "folderPerApp": folders}})


def test_with_a_folder_for_each_app_keys_of_one_name_are_two_keys() -> None:
    password = {"source": "generate", "kind": "password", "size": 20}
    apps = {
        "one": {"namespace": "one", "keys": {"KEY": GENERATED}},
        "two": {"namespace": "two", "keys": {"KEY": {**password, "changeCommand": "./change.sh"}}},
        "six": {"namespace": "six", "keys": {"KEY": {"source": "config"}}},
    }
    done = _in_folders(apps, values={"six/KEY": "given"}, rotations={"two/KEY": "2026-11-01"})

    made = done.made_at_random
    assert seed_values(done) == {"/one/KEY": made["one/KEY"], "/two/KEY": made["two/KEY"], "/six/KEY": "given"}
    assert [len(made["one/KEY"]), len(made["two/KEY"])] == [24, 20]
    assert {it.name: it.inputs["trigger"] for it in seeds_of(done)} == {
        "one/KEY": "",
        "two/KEY": "2026-11-01",
        "six/KEY": "",
    }
    assert {it.name: it.inputs.get("changeCommand") for it in seeds_of(done)} == {
        "one/KEY": None,
        "two/KEY": "./change.sh",
        "six/KEY": None,
    }
    assert {"one/KEY", "two/KEY", "six/KEY"} <= set(done.outputs["rotations"])


@pytest.mark.parametrize("kind", ["RandomPassword", "infisical:Secret"])
def test_the_resources_of_a_key_survive_a_move_between_folders(kind: str) -> None:
    """Otherwise a move would generate new values, and the provider would not know the earlier place."""
    apps = {name: {"namespace": name, "keys": {"KEY": GENERATED}} for name in ("one", "two")}
    store = {**stack_file()["store"], "secretsPath": "/apps"}
    flat, below = _in_folders(apps, folders=False), run({**stack_file(), "apps": apps, "store": store})
    folders = _in_folders(apps)

    (one,) = [it for it in flat.of_type(kind) if it.name == "KEY"]
    assert [it.name for it in below.of_type(kind) if "KEY" in it.name] == ["KEY"]
    assert one.aliases == {"one/KEY", "two/KEY"}
    # The engine refuses two resources that continue one.
    assert {it.name: set(it.aliases) for it in folders.of_type(kind) if "KEY" in it.name} == {
        "one/KEY": {"KEY"},
        "two/KEY": set(),
    }


def test_every_key_is_seeded_with_what_an_app_holds() -> None:
    """Also one without a value: its app may have it, or Infisical may lose it."""
    apps = {
        "one": {"namespace": "one", "keys": {"KEY": {"source": "manual", "secretKeys": ["user", "password"]}}},
        "two": {"namespace": "both", "secretName": "its-own", "keys": {"KEY": {"source": "manual"}}},
    }
    (shared,) = seeds_of(_in_folders(apps, folders=False))

    assert "value" not in shared.inputs
    assert shared.inputs["deliveredTo"] == {
        "one/one-secret/user": "one",
        "one/one-secret/password": "one",
        "both/its-own/KEY": "two",
    }
    assert [it.inputs["deliveredTo"] for it in seeds_of(_in_folders(apps))][1] == {"both/its-own/KEY": "two"}


def test_an_immutable_value_is_not_compared_with_other_keys_of_its_name() -> None:
    keys = {"KEY": {**GENERATED, "immutable": True}, "OTHER": GENERATED}
    done = _in_folders({name: {"namespace": name, "keys": keys} for name in ("one", "two")})

    assert {it.name: it.inputs.get("otherFolders") for it in seeds_of(done)} == {
        "one/KEY": ["/two"],
        "two/KEY": ["/one"],
        "one/OTHER": None,
        "two/OTHER": None,
    }


def test_a_seed_is_restored_by_its_own_trigger() -> None:
    apps = {name: {"namespace": name, "keys": {"KEY": GENERATED}} for name in ("one", "two")}
    done = _in_folders(apps, restoreSeeds={"two/KEY": "2026-11-29"})

    assert {it.name: it.inputs["restoreTrigger"] for it in seeds_of(done)} == {"one/KEY": "", "two/KEY": "2026-11-29"}


def test_a_seed_names_the_missing_values_of_its_apps() -> None:
    """Otherwise a rotation could change a database password that cannot be delivered."""
    by_hand, given = {"source": "manual"}, {"source": "config"}
    fed_elsewhere = {**GENERATED, "secretKeys": ["password"]}
    apps = {
        "one": {"namespace": "one", "keys": {"KEY": GENERATED, "BY_HAND": by_hand, "GIVEN": given}},
        "two": {"namespace": "two", "keys": {"KEY": fed_elsewhere, "LATER": given, "OTHER": GENERATED}},
        "three": {"namespace": "three", "keys": {"THIRD": GENERATED, "ELSEWHERE": by_hand}},
    }
    config = {**stack_file(), "apps": apps, "values": {"GIVEN": "canary"}}
    later = {"/LATER": "run `pulumi config set --secret --path 'homelab:values.LATER'`"}

    for folder_per_app, expected in (
        (False, {"/KEY": {"/BY_HAND": "", **later}, "/OTHER": later, "/THIRD": {"/ELSEWHERE": ""}}),
        (True, {"/one/KEY": {"/one/BY_HAND": ""}, "/two/KEY": {"/two/LATER": later["/LATER"]}}),
    ):
        done = run({**config, "store": {**config["store"], "folderPerApp": folder_per_app}})
        named = {
            f"{it.inputs['path'].rstrip('/')}/{it.inputs['name']}": it.inputs.get("deliveredWith")
            for it in seeds_of(done)
        }
        assert {address: named[address] for address in expected} == expected
