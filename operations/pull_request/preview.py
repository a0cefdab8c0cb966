"""Parses the JSON of `pulumi preview`: the steps of an update, field by field."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

SECRET: Final = "[secret]"
"""What the engine writes in place of a secret."""

UNKNOWN: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What the engine writes in place of a value that is known only after the update."""

_ABSENT: Final = object()

_REPLACES: Final = ("replace", "create-replacement", "delete-replaced")
_DELETES: Final = ("delete", "discard", "forget")


@dataclass(frozen=True)
class FieldChange:
    """A field of a resource. `old` and `new` are JSON values, `[secret]` for a secret, None if the field is not set."""

    path: str
    old: Any = field(repr=False)
    new: Any = field(repr=False)


@dataclass(frozen=True)
class Step:
    """
    What an update does with one resource.

    :param action: same, create, update, replace, delete or read
    :param inputs: the new inputs; the old ones of a deleted resource
    :param before: the old inputs; empty for a new resource
    """

    action: str
    urn: str
    custom: bool
    inputs: dict[str, Any] = field(repr=False)
    before: dict[str, Any] = field(repr=False)
    fields: tuple[FieldChange, ...]
    was_protected: bool
    is_protected: bool

    @property
    def name(self) -> str:
        return self.urn.rpartition("::")[2]

    @property
    def type(self) -> str:
        """The resource type, without the types of its parents."""
        return self.urn.split("::")[2].rpartition("$")[2]


@dataclass(frozen=True)
class Preview:
    """
    :param errors: the error messages of the engine, the program and the providers
    :param succeeded: the update can start
    """

    steps: tuple[Step, ...]
    errors: tuple[str, ...]
    succeeded: bool


def parse_preview(printed: str, code: int) -> Preview:
    """
    Read what `pulumi preview --json --show-sames --show-reads` printed.

    :param code: its exit code
    :raises ValueError: the output is not JSON
    """
    digest = json.loads(printed)
    steps: dict[str, Step] = {}
    for raw in digest.get("steps") or ():
        step = _step(raw)
        # A replacement has up to three steps; the report shows one.
        if step.urn not in steps or steps[step.urn].action == "same" or step.action == "replace":
            steps[step.urn] = step
    # The engine runs steps in parallel, so their order varies.
    ordered = tuple(steps[urn] for urn in sorted(steps))
    return Preview(ordered, _errors(digest.get("diagnostics") or ()), code == 0)


def errors_of_events(printed: str) -> tuple[str, ...]:
    """Return the errors in the output of `pulumi up --json`, which has one event per line."""
    events = (json.loads(line) for line in printed.splitlines() if line.startswith("{"))
    return _errors(event["diagnosticEvent"] for event in events if "diagnosticEvent" in event)


def _errors(diagnostics: Iterable[dict[str, Any]]) -> tuple[str, ...]:
    said = (each["message"].removeprefix("error: ").strip() for each in diagnostics if each["severity"] == "error")
    # Every failure has these messages. They give no reason.
    return tuple(message for message in said if message not in ("preview failed", "update failed"))


def _step(raw: dict[str, Any]) -> Step:
    old, new = raw.get("oldState") or {}, raw.get("newState") or {}
    operation = raw["op"]
    action = "replace" if operation in _REPLACES else "delete" if operation in _DELETES else operation
    return Step(
        action=action if action in ("same", "create", "update", "replace", "delete", "read") else "update",
        urn=raw["urn"],
        custom=bool((new or old).get("custom")),
        inputs=(new or old).get("inputs") or {},
        before=old.get("inputs") or {},
        fields=tuple(_fields(raw, old, new)) if action in ("update", "replace") else (),
        was_protected=bool(old.get("protect")),
        is_protected=bool(new.get("protect")),
    )


def _fields(raw: dict[str, Any], old: dict[str, Any], new: dict[str, Any]) -> Iterator[FieldChange]:
    before, after = old.get("inputs") or {}, new.get("inputs") or {}
    seen: set[str] = set()
    reasons = [*(raw.get("diffReasons") or ()), *(raw.get("replaceReasons") or ())]
    for path in raw.get("detailedDiff") or dict.fromkeys(reasons):
        steps = _parsed(path)
        pair = (_at(before, steps), _at(after, steps))
        if pair == (_ABSENT, _ABSENT):
            # An output that the provider found changed.
            pair = (_at(old.get("outputs") or {}, steps), _at(new.get("outputs") or {}, steps))
        for change in _leaves(path, *pair):
            if change.path not in seen:
                seen.add(change.path)
                yield change


def _leaves(path: str, old: Any, new: Any) -> Iterator[FieldChange]:
    if isinstance(old, dict | list) or isinstance(new, dict | list):
        parts = {**_parts(old), **_parts(new)}
        if parts and (_is_container(old) and _is_container(new)):
            for name in parts:
                before, after = _parts(old).get(name, _ABSENT), _parts(new).get(name, _ABSENT)
                if before != after:
                    yield from _leaves(f"{path}{name}", before, after)
            return
    yield FieldChange(path, None if old is _ABSENT else old, None if new is _ABSENT else new)


def _is_container(value: Any) -> bool:
    return value is _ABSENT or isinstance(value, dict | list)


def _parts(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return {
            f".{key}" if re.fullmatch(r"[\w-]+", key) else f"[{json.dumps(key)}]": each for key, each in value.items()
        }
    return {f"[{number}]": each for number, each in enumerate(value)} if isinstance(value, list) else {}


_PATH_PART: Final = re.compile(r'\.?([^.\[\]"]+)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]')


def _parsed(path: str) -> list[str | int]:
    """Parse a property path of the engine: `spec.data[4]`, `metadata.annotations["a.b/c"]`."""
    parts: list[str | int] = []
    for name, number, quoted in _PATH_PART.findall(path):
        parts.append(int(number) if number else json.loads(f'"{quoted}"') if quoted else name)
    return parts


def _at(value: Any, steps: list[str | int]) -> Any:
    for step in steps:
        if value == SECRET:
            return SECRET
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return _ABSENT
    return value
