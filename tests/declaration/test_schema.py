"""
The JSON Schemas of the declaration, which editors read: what they refuse, the program refuses too.

For the structure the reverse is true as well: unknown fields, missing ones, types, limits and choices. The program then
names the field.
"""

from __future__ import annotations

import copy
import functools
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import jsonschema
import pytest
import yaml

from tests.checkout import CHECKOUT
from tests.declaration.stack_config import S3_LOGIN
from tests.docs.declared import bases, error_of, path_of, problems, section_of
from tooling.schema import files
from tooling.schema.page import Row, rows

ROWS: Final = rows()
STACK: Final = jsonschema.Draft7Validator(json.loads(files.contents()["stack.json"]))
APP: Final = jsonschema.Draft7Validator(json.loads(files.contents()["app.json"]))

WRONG_TYPES: Final[tuple[Any, ...]] = (
    "text",
    "",
    5,
    -1,
    1.5,
    True,
    None,
    [],
    [5],
    ["text", "text"],
    {},
    {"unknown": 5},
)


def test_the_files_are_those_of_the_reference_page() -> None:
    """Fix: `python -m tooling.schema`."""
    assert {file.name: file.read_text(encoding="utf-8") for file in files.FOLDER.iterdir()} == files.contents()


def test_every_stack_file_of_the_repository_is_valid() -> None:
    found = [CHECKOUT / "Pulumi.homelab.yaml", *CHECKOUT.glob("examples/*/Pulumi.*.yaml")]

    assert len(found) > 3
    assert {str(file): [*STACK.iter_errors(yaml.safe_load(file.read_text(encoding="utf-8")))] for file in found} == {
        str(file): [] for file in found
    }


def test_every_app_in_a_file_of_the_repository_is_valid() -> None:
    found = [*CHECKOUT.glob("examples/*/apps/*.yaml")]

    assert found
    for file in found:
        assert [*APP.iter_errors(yaml.safe_load(file.read_text(encoding="utf-8")))] == [], file


@pytest.mark.parametrize("pattern", ["Pulumi.homelab.yaml", "examples/*/Pulumi.homelab.yaml", "examples/*/apps/*.yaml"])
def test_the_first_line_of_each_file_names_its_schema(pattern: str) -> None:
    """Those of an example are right once the files are copied to the root of the repository."""
    for file in CHECKOUT.glob(pattern):
        first = file.read_text(encoding="utf-8").partition("\n")[0]
        _, _, path = first.partition("# yaml-language-server: $schema=")
        folder = CHECKOUT / "apps" if file.parent.name == "apps" and file.parent != CHECKOUT else CHECKOUT

        assert path, file
        assert Path(os.path.normpath(folder / path)).parent == files.FOLDER, file


def _changes(row: Row, section: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """One field after the other, each with a value that is wrong for most fields."""
    for value in WRONG_TYPES:
        yield row.name, value
    for value in row.limits or ():
        yield row.name, value
    if row.limits:
        yield row.name, row.limits[0] - 1
        yield row.name, row.limits[1] + 1
    for choice in row.choices:
        yield row.name, choice
    yield f"{row.name}s", section.get(row.name, row.example_value)
    yield row.name, row.example_value


@dataclass(frozen=True)
class Judged:
    """A declaration with one changed field, and what the schema and the program say about it."""

    name: str
    value: Any
    refused: str | None
    paths: tuple[str, ...]


@functools.cache
def _judged(number: int) -> tuple[Judged, ...]:
    """All changes of a row."""
    row, found = ROWS[number], []
    for config in bases(row.section):
        for name, value in _changes(row, section_of(copy.deepcopy(config), row.section)):
            changed = copy.deepcopy(config)
            section_of(changed, row.section)[name] = value
            error = next(STACK.iter_errors(_stack_file(changed)), None)
            refused = error_of(changed)
            paths = tuple(problem.path for problem in refused.problems) if refused else ()
            found.append(Judged(name, value, error.message if error else None, paths))
    return tuple(found)


@pytest.mark.parametrize("number", range(len(ROWS)), ids=map(str, ROWS))
def test_the_schema_refuses_nothing_that_the_program_accepts(number: int) -> None:
    for each in _judged(number):
        assert each.refused is None or each.paths, (each.name, each.value, each.refused)


@pytest.mark.parametrize("number", range(len(ROWS)), ids=map(str, ROWS))
def test_the_schema_refuses_a_structure_that_the_program_refuses(number: int) -> None:
    row = ROWS[number]
    for each in _judged(number):
        if each.paths and not _fits(row, each.name, each.value):
            assert each.refused is not None, (each.name, each.value)
    for config in bases(row.section):
        if section_of(config, row.section).pop(row.name, None) is not None and problems(config):
            assert not STACK.is_valid(_stack_file(config)), f"without {row.name}"


@pytest.mark.parametrize("number", range(len(ROWS)), ids=map(str, ROWS))
def test_the_program_names_the_field_or_its_part(number: int) -> None:
    """About four thousand declarations, each with one unknown field or wrong value."""
    row = ROWS[number]
    for each in _judged(number):
        if each.refused and not _fits(row, each.name, each.value):
            path = path_of(row.section, each.name)
            assert [found for found in each.paths if re.match(rf"{re.escape(path)}($|[.\[])", found)], (each, path)


def _fits(row: Row, name: str, value: Any) -> bool:
    """Whether the value has the type of the field, so that only its content may be wrong."""
    if name != row.name:
        return False
    if row.choices:
        return value in row.choices
    if row.type.startswith("integer"):
        low, high = row.limits or (value, value)
        return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
    kinds = {"boolean": bool, "string": str, "list": list, "mapping": dict}
    expected = next(kind for word, kind in kinds.items() if row.type.startswith(word))
    may_be_empty = expected is bool or "empty" in row.type or (value == [] and "`[]`" in row.meaning)
    return isinstance(value, expected) and bool(value or may_be_empty)


def _stack_file(config: dict[str, Any]) -> dict[str, Any]:
    encrypted = {"values", "infisicalRedisUrl", *S3_LOGIN}
    return {
        "config": {f"homelab:{key}": _encrypted(value) if key in encrypted else value for key, value in config.items()}
    }


def _encrypted(value: Any) -> Any:
    return {name: _encrypted(item) for name, item in value.items()} if isinstance(value, dict) else {"secure": "v1:A=="}
