"""Writes a template as `dockerConfig` or `connectionString` if that shorthand makes exactly this template."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import unquote

from declaration import Problem
from declaration.inventory.composed import DOCKER_CONFIG, DOCKER_CONFIG_KEY, parse_composed
from declaration.section import Section

Fields = dict[str, Any]

_OPERAND: Final = r'(?:\.\w+|\(index \. "[^"]+"\)|"(?:[^"\\]|\\.)*")'
_ESCAPED: Final = rf'(?:\{{\{{ {_OPERAND} \| urlquery \| replace "\+" "%20" \}}\}}|[^{{}}/:@?]+)'
_PLAIN: Final = rf"(?:\{{\{{ {_OPERAND} \}}\}}|[^{{}}/:@?]+)"
_DOCKER: Final = re.compile(
    r'\{"auths":\{(?P<registry>"(?:[^"\\]|\\.)*"):\{'
    rf'"username":\{{\{{ (?P<username>{_OPERAND}) \| toJson \}}\}},'
    rf'"password":\{{\{{ (?P<password>{_OPERAND}) \| toJson \}}\}},"auth":.*\}}\}}\}}'
)
_CONNECTION: Final = re.compile(
    rf"(?P<scheme>[^:/{{}}]+)://(?:(?P<username>{_ESCAPED})(?::(?P<password>{_ESCAPED}))?@)?(?P<host>{_PLAIN})"
    rf"(?::(?P<port>\d+))?(?:/(?P<database>{_ESCAPED}))?(?:\?(?P<parameters>.+))?"
)
_DEFAULTS: Final = {"secretKey": "DATABASE_URL", "scheme": "postgresql"}


def with_shorthands(fields: Mapping[str, Any]) -> Fields:
    """
    The fields of a Secret, with a shorthand in the place of each template that it makes.

    A shorthand cannot name a key of a whole folder, so that such a Secret keeps its templates.
    """
    found = dict(fields)
    if not found.get("template") or found.get("dataFrom"):
        return found
    names = [name for entry, key in found["keys"].items() for name in key.get("secretKeys") or [entry]]
    for shorthand, candidates in (("dockerConfig", _docker(found)), ("connectionString", _connections(found))):
        for name, candidate in candidates:
            if _rendered({shorthand: candidate}, names) == {name: found["template"][name]}:
                found = _replaced(found, name, shorthand, candidate)
                break
    return found


def _docker(fields: Mapping[str, Any]) -> Iterator[tuple[str, Fields]]:
    match = _DOCKER.fullmatch(fields["template"].get(DOCKER_CONFIG_KEY, ""))
    if match and fields.get("type") == DOCKER_CONFIG:
        login = {name: _operand(match[name]) for name in ("username", "password")}
        yield DOCKER_CONFIG_KEY, {"registry": json.loads(match["registry"]), **login}


def _connections(fields: Mapping[str, Any]) -> Iterator[tuple[str, Fields]]:
    for name, text in fields["template"].items():
        match = _CONNECTION.fullmatch(text)
        # Without a login, it may be the address of anything.
        if match and match["username"]:
            parts = {part: _part(match[part]) for part in ("username", "password", "host", "database")}
            port = int(match["port"]) if match["port"] else None
            whole = {
                "secretKey": name,
                "scheme": match["scheme"],
                **parts,
                "port": port,
                "parameters": match["parameters"],
            }
            yield name, {field: value for field, value in whole.items() if value and _DEFAULTS.get(field) != value}


def _part(text: str | None) -> str:
    """A key's name, or a text."""
    if not text or not text.startswith("{{ "):
        return unquote(text or "")
    match = re.match(rf"\{{\{{ ({_OPERAND})", text)
    return _operand(match[1]) if match else ""


def _operand(text: str) -> str:
    """The field that an operand reads, or its text."""
    if text.startswith("."):
        return text[1:]
    return str(json.loads(text.removeprefix("(index . ").removesuffix(")")))


def _rendered(shorthand: Fields, names: list[str]) -> dict[str, str]:
    """The templates that a shorthand makes; empty if it is wrong."""
    problems: list[Problem] = []
    composed = parse_composed(Section.of("", shorthand, problems, ""), names, ())
    return {} if problems else composed.templates


def _replaced(fields: Fields, name: str, shorthand: str, candidate: Fields) -> Fields:
    left = {key: text for key, text in fields["template"].items() if key != name}
    found: Fields = {}
    for field, value in fields.items():
        found[field] = left if field == "template" else value
        if field == "template":
            found[shorthand] = candidate
    if shorthand == "dockerConfig":
        # The shorthand decides it.
        found["type"] = ""
    return found
