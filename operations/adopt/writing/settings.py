"""Settings of the stack file, and how they change in its text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from operations.adopt.objects import mapping
from operations.adopt.writing.yaml_writer import with_value
from operations.errors import OperationError


@dataclass(frozen=True)
class Setting:
    """A value of the declaration, by its path in the stack file."""

    path: tuple[str, ...]
    value: Any


def value_at(config: Mapping[str, Any], path: Sequence[str]) -> Any:
    """What the stack file has at a path; None if it is missing."""
    value: Any = config
    for part in path:
        value = mapping(value).get(part)
    return value


def with_changed(text: str, config: Mapping[str, Any], changed: Sequence[Setting]) -> str:
    """
    The stack file with other settings. Comments stay.

    :param config: of the stack file
    :raises OperationError: the file has a form that cannot be changed
    """
    for each in changed:
        text = with_value(text, ("config", *each.path), each.value)
    if mapping(yaml.safe_load(text)).get("config", {}) != with_values(config, changed):
        what = "The stack file cannot be changed"
        raise OperationError(what, found="a form of YAML that is not supported", fix="write the settings by hand")
    return text


def with_values(config: Mapping[str, Any], changed: Sequence[Setting]) -> dict[str, Any]:
    """The `config:` of the stack file with other settings."""
    merged: dict[str, Any] = yaml.safe_load(yaml.safe_dump(dict(config)))
    for each in changed:
        place = merged
        for part in each.path[:-1]:
            place = place.setdefault(part, {})
        place[each.path[-1]] = each.value
    return merged
