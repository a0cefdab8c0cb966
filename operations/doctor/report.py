"""The results as text and as JSON. Neither contains a value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

from operations.doctor.chain import Result
from operations.doctor.findings import Finding, Status

HEALTHY, WARNINGS, ERRORS = 0, 1, 2
"""The exit codes."""

VERSION: Final = 1
"""Of the JSON. A new field does not change it."""

MOST_LINES: Final = 6
"""Of objects, or of commands, that the text shows for one finding; JSON has all of them."""

_INDENT: Final = " " * 4


def exit_code(results: Sequence[Result]) -> int:
    """By the worst finding; what was not checked does not count."""
    found = {each.outcome.status for each in results}
    return ERRORS if Status.ERROR in found else WARNINGS if Status.WARNING in found else HEALTHY


def text(results: Sequence[Result]) -> str:
    width = max(len(each.title) for each in results)
    lines = [line for each in results for line in _of_step(each, width)]
    return "\n".join([*lines, "", summary(results)])


def summary(results: Sequence[Result]) -> str:
    counts = Counter(each.status for result in results for each in result.outcome.findings)
    unchecked = sum(each.outcome.status is Status.NOT_CHECKED for each in results)
    parts = [
        f"{count} {word}{'s' * (count > 1)}"
        for count, word in ((counts[Status.ERROR], "error"), (counts[Status.WARNING], "warning"))
        if count
    ]
    parts += [f"{unchecked} step{'s' * (unchecked > 1)} not checked"] * bool(unchecked)
    if not counts:
        return "No problem found" + (f"; {parts[0]}." if parts else ".")
    return f"Found {', '.join(parts)}."


def as_json(results: Sequence[Result]) -> dict[str, Any]:
    return {
        "version": VERSION,
        "exitCode": exit_code(results),
        "summary": summary(results),
        "steps": [
            {
                "id": each.id,
                "title": each.title,
                "status": str(each.outcome.status),
                "detail": each.outcome.detail,
                "findings": [_finding(found) for found in each.outcome.findings],
            }
            for each in results
        ],
    }


def _finding(found: Finding) -> dict[str, Any]:
    return {
        "id": found.id,
        "level": str(found.status),
        "what": found.what,
        "where": list(found.where),
        "found": found.found,
        "expected": found.expected,
        "fix": found.fix,
    }


def _of_step(result: Result, width: int) -> Iterator[str]:
    outcome = result.outcome
    detail = f"not checked: {outcome.detail}" if outcome.status is Status.NOT_CHECKED else outcome.detail
    yield f"{outcome.status.mark} {result.title:<{width}}  {detail}".rstrip()
    for each in outcome.findings:
        yield f"{_INDENT}{'warning: ' if each.warning else ''}{each.what}"
        parts = (
            ("where", each.where),
            ("found", each.found.splitlines()),
            ("expected", each.expected.splitlines()),
            ("fix", each.fix.splitlines()),
        )
        for name, lines in parts:
            yield from _aligned(name, lines)


def _aligned(name: str, lines: Sequence[str]) -> Iterator[str]:
    shown = list(lines[:MOST_LINES])
    if more := len(lines) - len(shown):
        shown.append(f"… and {more} more")
    for number, line in enumerate(shown):
        yield f"{_INDENT * 2}{'' if number else f'{name}:':<10}{line}"
