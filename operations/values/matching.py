"""Which key each value of a file is for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from declaration import Key, Problem
from operations.values.formats.given import Given
from operations.values.scope import Scope

_OF_DOPPLER: Final = ("DOPPLER_PROJECT", "DOPPLER_ENVIRONMENT", "DOPPLER_CONFIG")


@dataclass(frozen=True)
class Matches:
    """
    :param found: each key with its value
    :param undeclared: values whose keys no app declares
    :param skipped: by name, why a value is for none of the keys in scope
    """

    found: tuple[tuple[Key, Given], ...]
    undeclared: tuple[Given, ...]
    skipped: dict[str, str]


def matched(file: str, given: Sequence[Given], scope: Scope, problems: list[Problem]) -> Matches:
    """
    :param file: its name, for messages
    :param problems: receives ambiguous names, and second values of one key
    """
    found: dict[tuple[str, str], tuple[Key, Given]] = {}
    undeclared: list[Given] = []
    skipped: dict[str, str] = {}
    for each in given:
        keys = scope.find(each.name, each.folder)
        if len(keys) > 1:
            choices = ", ".join(key.label for key in keys)
            fix = f"rename it in {file}, or run the command with --app"
            problems.append(Problem(f"{file}: {each}", "a name that several folders hold", f"one of {choices}", fix))
        elif keys:
            _, other = found.setdefault(keys[0].id, (keys[0], each))
            if other.value != each.value:
                found_, fix = f"a different value than {other}, which is the same key", "remove one of them"
                problems.append(Problem(f"{file}: {each}", found_, "one value", fix))
        elif scope.is_declared(each.name):
            skipped[each.name] = "a key of another app"
        elif each.name in _OF_DOPPLER:
            skipped[each.name] = "Doppler's own"
        elif each.where and not each.value.strip("="):
            # The last line of base64 without quotes looks like a name and `=`.
            skipped[each.where] = "no value, and no declared key"
        else:
            undeclared.append(each)
    return Matches(tuple(found.values()), tuple(undeclared), skipped)
