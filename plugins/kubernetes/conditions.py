"""
What `pulumi.com/waitFor` says: one expression, or a JSON list of which all have to hold.

`condition=Ready`, `condition=Ready=False`, `jsonpath={.status.phase}` (it is there),
`jsonpath={.status.phase}=Running`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from plugins.kubernetes.manifest import Manifest, at
from plugins.kubernetes.verdict import Check, Verdict
from plugins.protocol.errors import ProviderError

STEP = re.compile(
    r"\.([A-Za-z0-9_\-]+|\*)|\['((?:[^'\\]|\\.)*)'\]|\[(\*|\d+)\]|\[\?\(@\.([^=)]+)==\s*[\"']([^\"']*)[\"']\)\]"
)


def wait_for(expression: str) -> Check:
    """
    The check that an annotation asks for.

    :raises ProviderError: it cannot be understood
    """
    try:
        listed = json.loads(expression)
    except ValueError:
        listed = None
    expressions = listed if isinstance(listed, list) else [expression]
    if not expressions:
        raise ProviderError("pulumi.com/waitFor: at least one condition must be specified")
    return _all([_check(str(each)) for each in expressions])


def _all(checks: list[Check]) -> Check:
    def check(live: Manifest) -> Verdict:
        verdicts = [each(live) for each in checks]
        return next((verdict for verdict in verdicts if not verdict.ready), verdicts[-1])

    return check


def _check(expression: str) -> Check:
    if expression.startswith("condition="):
        wanted, _, status = expression.removeprefix("condition=").partition("=")
        return has_condition(wanted, status or "True")
    if expression.startswith("jsonpath="):
        return _json_path(expression)
    message = f'pulumi.com/waitFor: expected a "jsonpath=" or "condition=" prefix, got "{expression}"'
    raise ProviderError(message)


def has_condition(wanted: str, status: str = "True") -> Check:
    """Whether `.status.conditions` has a type with a status, and speaks of the current generation where it says so."""

    def check(live: Manifest) -> Verdict:
        listed = at(live, "status", "conditions")
        if not isinstance(listed, list):
            return Verdict(False, "Has no .status.conditions", warning=True)
        for condition in listed:
            if str(condition.get("type", "")).lower() != wanted.lower() or "status" not in condition:
                continue
            generation = at(live, "metadata", "generation")
            observed = condition.get("observedGeneration", at(live, "status", "observedGeneration"))
            if generation is not None and observed is not None and observed < generation:
                return Verdict(False, f"Generation {observed} is less than expected {generation}")
            if str(condition["status"]).lower() == status.lower():
                return Verdict(True)
            return Verdict(False, f"Resource has condition {wanted}={condition['status']} (want {status})")
        return Verdict(False)

    return check


def _json_path(expression: str) -> Check:
    template, brace, value = expression.removeprefix("jsonpath=").strip("'").partition("}")
    path = template.removeprefix("{")
    if not brace and "=" in path and "==" not in path:
        path, _, value = path.partition("=")
    else:
        value = value.removeprefix("=")
    steps = list(_steps(path if path.startswith(".") else f".{path}", expression))
    wanted = value.strip("'\"")
    name = expression.removeprefix("jsonpath=")

    def check(live: Manifest) -> Verdict:
        found = [_shown(each) for each in _select([live], steps)]
        if found and (not wanted or any(each == wanted for each in found)):
            return Verdict(True, f"Found {name}")
        return Verdict(False, f"Waiting for {name}" + (f' (found "{found[0]}")' if found else ""))

    return check


def _steps(path: str, expression: str) -> Iterator[tuple[str | None, ...]]:
    position = 0
    while position < len(path):
        step = STEP.match(path, position)
        if step is None:
            message = (
                f"pulumi.com/waitFor: cannot understand {expression!r} at {path[position:]!r}; "
                "expected e.g. jsonpath={.status.phase}=Running"
            )
            raise ProviderError(message)
        position = step.end()
        yield step.groups()


def _select(values: list[Any], steps: list[tuple[str | None, ...]]) -> list[Any]:
    for key, quoted, index, tested, wanted in steps:
        name = key or quoted
        if name == "*" or index == "*":
            values = [each for value in values for each in _children(value)]
        elif name:
            values = [value[name] for value in values if isinstance(value, dict) and name in value]
        elif index is not None:
            values = [value[int(index)] for value in values if isinstance(value, list) and int(index) < len(value)]
        else:
            values = [
                each
                for value in values
                for each in _children(value)
                if isinstance(each, dict) and _shown(at(each, *str(tested).split("."))) == wanted
            ]
    return values


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
