"""`docs/reference/declaration.md` describes every field that the program accepts, as the program accepts it."""

from __future__ import annotations

import copy
import functools
import json
import re
from collections.abc import Iterator
from typing import Any, Final

import pytest

from declaration import CREDENTIALS
from tests.components.program import run
from tests.declaration.certificates import certificate
from tests.docs.declared import (
    APP,
    FOLDER,
    KEY,
    SECRET,
    SHARED,
    Config,
    base,
    bases,
    problems,
    section_of,
    steps,
    with_key,
)
from tooling.schema.page import Row, rows, table

UNKNOWN: Final = "zzz"
PEM: Final = "PEM"
"""An example that is too long for the page."""
ROWS: Final = rows()


def _known_fields(section: str) -> set[str]:
    """The fields that the message about an unknown field lists, over all valid declarations of the section."""
    known: set[str] = set()
    for config in bases(section):
        section_of(config, section)[UNKNOWN] = "any"
        path = ".".join(("homelab:" + ".".join(steps(section)), UNKNOWN)).replace(":.", ":")
        found = re.search(rf"{re.escape(path)}\n.*unknown.*\n +\w+: +(.*)\n", problems(config))
        if found:
            known |= set(found[1].split(", "))
    return known


def _nested(section: str) -> Iterator[str]:
    """The mappings with fixed field names in a section, found by an unknown field in each of its fields."""
    for field in _known_fields(section):
        path = f"{section}.{field}" if not section.endswith(":") else f"{section}{field}"
        for config in bases(section):
            section_of(config, section)[field] = {UNKNOWN: "any"}
            if re.search(
                rf"{re.escape('homelab:' + '.'.join(steps(path)))}\.{UNKNOWN}\n.*unknown",
                problems(config),
            ):
                yield path
                break


def _accepted_with(row: Row, value: Any) -> bool:
    for config in bases(row.section):
        section_of(config, row.section)[row.name] = value
        if not problems(config):
            return True
    return False


def _accepts(config: Config, row: Row) -> bool:
    changed = copy.deepcopy(config)
    section_of(changed, row.section)[row.name] = row.default_value
    return not problems(changed)


SECTIONS: Final = sorted({row.section for row in ROWS})


@pytest.mark.parametrize("section", SECTIONS)
def test_every_field_of_a_section_has_a_row_and_every_row_a_field(section: str) -> None:
    described = {row.name for row in ROWS if row.section == section}

    assert described == _known_fields(section)


def test_every_section_has_a_heading() -> None:
    found: list[str] = []
    todo = ["homelab:infisical", "homelab:argocd", "homelab:backup", "homelab:store", APP, KEY, SECRET, SHARED, FOLDER]
    while todo:
        found.append(todo[0])
        # A Secret has the same mappings as an app.
        todo += [] if todo[0] == SECRET else _nested(todo[0])
        todo.pop(0)

    assert sorted(found) == SECTIONS


def test_every_key_of_the_stack_config_has_a_row() -> None:
    keys = {row[0].strip("`").removeprefix("homelab:") for row in table("Keys of the stack config")}
    credentials = {row[0].strip("`").removeprefix("homelab:") for row in table("Credentials")}

    assert credentials == set(CREDENTIALS)
    assert keys | credentials == _known_fields("homelab:")


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_an_example_is_accepted(row: Row) -> None:
    example = certificate() if row.example_value == PEM else row.example_value

    assert _accepted_with(row, example)


@pytest.mark.parametrize("row", [row for row in ROWS if row.limits], ids=str)
def test_the_limits_of_a_number_are_the_ones_described(row: Row) -> None:
    assert row.limits
    low, high = row.limits

    accepted = [_accepted_with(row, value) for value in (low - 1, low, high, high + 1)]

    assert accepted == [False, True, True, False]


@pytest.mark.parametrize("row", [row for row in ROWS if row.choices], ids=str)
def test_the_words_of_a_field_are_the_ones_described(row: Row) -> None:
    for config in bases(row.section):
        section_of(config, row.section)[row.name] = "no-such-word"
        message = problems(config)
        found = re.search(rf"\.{row.name}\n.*\n +\w+: +(.*)\n", message)
        if found and "unknown" not in found[0]:
            assert found[1].split(", ") == row.choices
            return
    pytest.fail(f"no declaration accepts {row}")


@pytest.mark.parametrize("row", [row for row in ROWS if row.required], ids=str)
def test_a_required_field_cannot_be_left_out(row: Row) -> None:
    refused = False
    for config in bases(row.section):
        if section_of(config, row.section).pop(row.name, None) is not None:
            refused |= bool(problems(config))

    assert refused


@pytest.mark.parametrize("row", [row for row in ROWS if not row.required], ids=str)
def test_an_optional_field_can_be_left_out(row: Row) -> None:
    accepted = []
    for config in bases(row.section):
        section_of(config, row.section).pop(row.name, None)
        accepted.append(not problems(config))

    assert any(accepted)


@pytest.mark.parametrize("row", [row for row in ROWS if row.default_value is not None], ids=str)
def test_a_default_is_what_is_used_without_the_field(row: Row) -> None:
    left_out = next(config for config in bases(row.section) if _accepts(config, row))
    written_out = copy.deepcopy(left_out)
    section_of(left_out, row.section).pop(row.name, None)
    section_of(written_out, row.section)[row.name] = row.default_value

    assert _registered(left_out) == _registered(written_out)


def test_a_default_that_differs_is_noticed() -> None:
    assert _registered(base(replicas=1)) != _registered(base(replicas=2))


@pytest.mark.parametrize("row", table("Generated values"), ids=lambda row: str(row[0]))
def test_the_sizes_of_a_kind_are_the_ones_described(row: list[str]) -> None:
    kind = row[0].strip("`")
    low, high = (int(number) for number in row[1].split("\u2013"))

    sizes = (low - 1, low, high, high + 1)
    accepted = [not problems(with_key({"source": "generate", "kind": kind, "size": size})) for size in sizes]

    assert accepted == [False, True, True, False]


def test_every_kind_has_a_row() -> None:
    (row,) = [row for row in ROWS if row.name == "kind" and row.section == KEY]

    assert [f"`{kind}`" for kind in row.choices] == [row[0] for row in table("Generated values")]


def _registered(config: Config) -> Any:
    return _registered_once(json.dumps(config, sort_keys=True))


@functools.cache
def _registered_once(config: str) -> Any:
    """Most fields are compared with the same declaration, and a run of the program takes a second."""
    made = run(json.loads(config))
    return {urn: (found.type, found.inputs) for urn, found in made.registrations.items()}, made.outputs
