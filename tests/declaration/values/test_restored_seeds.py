"""`homelab:restoreSeeds`: a date for each missing value that its seed replaces."""

from __future__ import annotations

from typing import Any

import pytest

from declaration import DeclarationError, Homelab, Problem, parse
from tests.declaration.stack_config import IN_CLEAR, as_passed, stack_file

GENERATED = {"source": "generate", "kind": "hex", "size": 12}
KEYS = {
    "GENERATED": GENERATED,
    "FOR_EVER": {**GENERATED, "immutable": True},
    "GIVEN": {"source": "config"},
    "NOT_GIVEN": {"source": "config"},
    "BY_HAND": {"source": "manual"},
}


def _parse(declared: Any, encrypted: frozenset[str] = frozenset()) -> Homelab[str]:
    apps = {"web": {"namespace": "web", "keys": KEYS}}
    config = {**stack_file(), "apps": apps, "values": {"GIVEN": "x"}, "restoreSeeds": declared}
    return parse(as_passed(config), (set(config) - IN_CLEAR) | encrypted, "Pulumi.homelab.yaml", str)


def _refused(declared: Any, encrypted: frozenset[str] = frozenset()) -> Problem:
    with pytest.raises(DeclarationError) as raised:
        _parse(declared, encrypted)
    (problem,) = raised.value.problems
    return problem


@pytest.mark.parametrize("name", ["GENERATED", "GIVEN", "web/GIVEN"])
@pytest.mark.parametrize("trigger", ["2026-11-29", "2026-11-29 00:00:00 +0000 UTC"])
def test_a_key_with_a_seed_can_be_restored(name: str, trigger: str) -> None:
    assert _parse({name: trigger}).restored == {("/", name.rpartition("/")[2]): "2026-11-29"}


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("NOWHERE", "a trigger for a key that no app reads"),
        ("FOR_EVER", "a trigger for an `immutable` key: a new value would lose the data that the key protects"),
        ("NOT_GIVEN", "a trigger for a key without a seed"),
        ("BY_HAND", "a trigger for a key without a seed"),
    ],
)
def test_a_key_that_cannot_be_restored_is_refused_with_the_reason(name: str, found: str) -> None:
    problem = _refused({name: "2026-11-29"})

    assert (problem.path, problem.found) == (f"homelab:restoreSeeds.{name}", found)
    assert f"`pulumi config rm --path 'homelab:restoreSeeds.{name}'`" in problem.fix


def test_a_trigger_must_be_a_date() -> None:
    problem = _refused({"GENERATED": "yes"})

    assert problem.path == "homelab:restoreSeeds.GENERATED"
    assert problem.fix == "run `pulumi config set --path 'homelab:restoreSeeds.GENERATED' $(date +%F)`"


@pytest.mark.parametrize("declared", ["GENERATED", ["GENERATED"], True])
def test_anything_but_a_mapping_is_refused(declared: Any) -> None:
    assert _refused(declared).path == "homelab:restoreSeeds"


def test_an_encrypted_mapping_is_refused() -> None:
    assert _refused({"GENERATED": "2026-11-29"}, frozenset({"restoreSeeds"})).path == "homelab:restoreSeeds"
