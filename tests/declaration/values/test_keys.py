"""A key's identity is its folder and its name, and the stack config addresses each key."""

from __future__ import annotations

from typing import Any

import pytest

from declaration import DeclarationError, Homelab, Problem, parse
from tests.declaration.stack_config import as_passed, stack_file

GENERATED = {"source": "generate", "kind": "hex", "size": 12}
GIVEN = {"source": "config"}
TWO = {name: {"namespace": name, "keys": {"KEY": GIVEN}} for name in ("one", "two")}


def _parse(apps: dict[str, Any], *, folders: bool, **config: Any) -> Homelab[str]:
    store = {**stack_file()["store"], "folderPerApp": folders}
    values = as_passed({**stack_file(), "apps": apps, "store": store, **config})
    return parse(values, {"values"}, "Pulumi.homelab.yaml", str)


def _problems(apps: dict[str, Any], *, folders: bool, **config: Any) -> list[Problem]:
    with pytest.raises(DeclarationError) as raised:
        _parse(apps, folders=folders, **config)
    return list(raised.value.problems)


def test_apps_that_share_a_folder_share_its_keys() -> None:
    homelab = _parse(TWO, folders=False)

    (key,) = homelab.keys.all
    assert (key.id, key.label, [app.name for app in key.apps]) == (("/", "KEY"), "KEY", ["one", "two"])


def test_keys_of_one_name_in_two_folders_are_two_keys_with_their_own_declaration() -> None:
    apps = {**TWO, "two": {"namespace": "two", "keys": {"KEY": {**GENERATED, "immutable": True}}}}

    one, two = _parse(apps, folders=True).keys.all

    assert (one.id, one.label, one.declared.immutable) == (("/one", "KEY"), "one/KEY", False)
    assert (two.id, two.label, two.declared.immutable) == (("/two", "KEY"), "two/KEY", True)


def test_in_a_shared_folder_a_key_has_one_declaration() -> None:
    apps = {**TWO, "two": {"namespace": "two", "keys": {"KEY": GENERATED}}}

    assert [problem.path for problem in _problems(apps, folders=False)] == ["homelab:apps.two.keys.KEY"]


def test_an_unknown_folder_per_app_reports_no_second_error() -> None:
    apps = {**TWO, "two": {"namespace": "two", "keys": {"KEY": GENERATED}}}
    store = {**stack_file()["store"], "folderPerApp": "yes"}

    problems = _problems(apps, folders=True, store=store, values={"KEY": "x"}, rotations={"KEY": "2026-11"})

    assert [problem.path for problem in problems] == ["homelab:store.folderPerApp"]


@pytest.mark.parametrize("address", ["KEY", "one/KEY"])
def test_a_name_in_one_folder_needs_no_app(address: str) -> None:
    apps = {"one": TWO["one"]}

    homelab = _parse(apps, folders=True, values={address: "x"}, rotations={address: "2026-11"})

    assert homelab.values == {("/one", "KEY"): "x"}
    assert homelab.rotations.trigger(("/one", "KEY")) == "2026-11"


def test_a_name_in_several_folders_is_addressed_with_the_app() -> None:
    values, triggers = {"one/KEY": "x", "two/KEY": "y"}, {"two/KEY": "2026-11"}

    homelab = _parse(TWO, folders=True, values=values, rotations=triggers)

    assert homelab.values == {("/one", "KEY"): "x", ("/two", "KEY"): "y"}
    assert homelab.rotations.trigger(("/one", "KEY")) == ""
    assert homelab.rotations.trigger(("/two", "KEY")) == "2026-11"


@pytest.mark.parametrize("structure", ["values", "rotations"])
def test_an_ambiguous_name_is_refused_with_its_choices(structure: str) -> None:
    values = {"values": {"one/KEY": "x"}} if structure == "rotations" else {}
    config = {structure: {"KEY": "2026-11"}, **values}

    (problem,) = _problems(TWO, folders=True, **config)

    assert problem.path == f"homelab:{structure}.KEY"
    assert problem.found == "a name that several folders hold"
    assert problem.expected == "one of one/KEY, two/KEY"
    assert f"`pulumi config rm --path 'homelab:{structure}.KEY'`" in problem.fix
    assert f"'homelab:{structure}.one/KEY'" in problem.fix


@pytest.mark.parametrize("structure", ["values", "rotations"])
def test_a_key_has_one_entry(structure: str) -> None:
    """In a shared folder, the addresses of two apps are one key."""
    config = {"values": {"one/KEY": "x"}, structure: {"one/KEY": "2026-11", "two/KEY": "2026-12"}}

    (problem,) = _problems(TWO, folders=False, **config)

    assert (problem.path, problem.expected) == (f"homelab:{structure}.two/KEY", "one entry")
    assert problem.found == f"a second entry for the key of homelab:{structure}.one/KEY"


def test_an_app_that_does_not_read_the_key_is_not_an_address_of_it() -> None:
    (problem,) = _problems(TWO, folders=True, values={"six/KEY": "x"})

    assert (problem.path, problem.found) == ("homelab:values.six/KEY", "a value for a key that no app reads")
