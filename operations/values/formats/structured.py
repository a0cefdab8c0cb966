"""
JSON and YAML: a mapping of names to strings, or Infisical's list of secrets.

Infisical's command line exports a list with `key` and `value`, its API answers with `secretKey` and `secretValue`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import yaml

from declaration import Problem
from declaration.problems import kind_of, shown
from declaration.yaml_text import load_yaml
from operations.values.formats.given import Given

_FIELDS: Final = (("key", "value"), ("secretKey", "secretValue"))
_FORMS: Final = "a mapping of names to strings, or Infisical's list of secrets"
_PERSONAL: Final = "personal"
_HIDDEN: Final = "secretValueHidden"


def read_json(file: str, text: str, problems: list[Problem]) -> list[Given]:
    """
    :param file: its name, for messages
    """

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in found]
        for name in dict.fromkeys(name for name in names if names.count(name) > 1):
            fix = "remove or rename one of them"
            problems.append(Problem(f"{file}: {name}", "the name more than once", "each name once", fix))
        return dict(found)

    try:
        content = json.loads(text, object_pairs_hook=pairs)
    except ValueError as error:
        line = f" at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        problems.append(
            Problem(file, f"invalid JSON{line}", "JSON", "correct that line, or name the form with --format")
        )
        return []
    return list(_read(file, content, problems))


def read_yaml(file: str, text: str, problems: list[Problem]) -> list[Given]:
    """
    :param file: its name, for messages
    """
    before = len(problems)
    content = load_yaml(file, text, problems)
    return [] if len(problems) > before else list(_read(file, content, problems))


def write_json(values: Mapping[str, str]) -> str:
    return json.dumps(values, indent=2) + "\n"


def write_yaml(values: Mapping[str, str]) -> str:
    # In double quotes, every value stays a string for every reader of YAML.
    return str(yaml.safe_dump(dict(values), default_style='"', sort_keys=False, width=10**9))


def _read(file: str, content: Any, problems: list[Problem]) -> Iterator[Given]:
    if isinstance(content, Mapping) and isinstance(content.get("secrets"), list):
        content = content["secrets"]
    if isinstance(content, list):
        yield from _listed(file, content, problems)
        return
    if not isinstance(content, Mapping):
        problems.append(Problem(file, kind_of(content), _FORMS, "correct the file, or name its form with --format"))
        return
    for name, value in content.items():
        if not isinstance(name, str):
            fix = "quote the name"
            problems.append(Problem(file, f"a name that is {kind_of(name)}", "names that are strings", fix))
        elif given := _given(file, name, value, problems):
            yield given


def _listed(file: str, entries: list[Any], problems: list[Problem]) -> Iterator[Given]:
    for number, entry in enumerate(entries):
        place = f"entry {number + 1}"
        fields = next((each for each in _FIELDS if isinstance(entry, Mapping) and each[0] in entry), None)
        if fields is None or not isinstance(entry[fields[0]], str):
            expected = "`key` and `value`, as `infisical export --format=json` writes them"
            problems.append(Problem(f"{file}: {place}", kind_of(entry), expected, "correct the entry"))
            continue
        name = entry[fields[0]]
        if entry.get(_HIDDEN):
            fix = "export with a login that may read it"
            problems.append(Problem(f"{file}: {name} ({place})", "a hidden value", "the value", fix))
        elif entry.get("type") == _PERSONAL:
            fix = "remove the entry, or export with --secret-overriding=false"
            problems.append(Problem(f"{file}: {name} ({place})", "a personal value", "the shared value", fix))
        elif given := _given(file, name, entry.get(fields[1]), problems, place, _folder(entry)):
            yield given


def _folder(entry: Mapping[str, Any]) -> str:
    path = entry.get("secretPath")
    return path if isinstance(path, str) else ""


def _given(
    file: str, name: str, value: Any, problems: list[Problem], where: str = "", folder: str = ""
) -> Given | None:
    if not isinstance(value, str):
        fix = "quote the value" if isinstance(value, int | float) else "write a string"
        problems.append(Problem(f"{file}: {shown(name)[1:-1]}", kind_of(value), "a string", fix))
        return None
    return Given(name, value, where, folder)
