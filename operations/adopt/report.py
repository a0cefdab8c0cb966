"""What the command prints."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from operations.adopt.adoption import Adopted
from operations.adopt.objects import Unread
from operations.adopt.reading.by_hand import SECRET
from operations.adopt.writing.changes import Change

_HEADINGS: Final = ("ExternalSecret", "app", "result", "reason")


def as_text(results: Sequence[Adopted], unread: Sequence[Unread]) -> str:
    """A table of the ExternalSecrets, and what was not read."""
    rows = [_HEADINGS, *(row for each in results for row in _rows(each))]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [
        "  ".join([*(text.ljust(width) for text, width in zip(row[:3], widths, strict=True)), row[3]]).rstrip()
        for row in rows
    ]
    if not results:
        lines = ["No ExternalSecret was found."]
    if unread:
        lines += ["", "Not read:", *(f"  {each.where}\n      {each.reason}" for each in unread)]
    return "\n".join(lines)


def _rows(each: Adopted) -> Iterator[tuple[str, str, str, str]]:
    reasons = [
        *each.reasons,
        *(f"{one.path} is {one.was}, and would be {one.would_be}: {one.reason}" for one in each.differences),
    ]
    name = f"{SECRET} {each.found.place}" if each.found.kind == SECRET else each.found.place
    yield name, each.app or "-", each.result, reasons[0] if reasons else ""
    for reason in reasons[1:]:
        yield "", "", "", reason


def summary(results: Sequence[Adopted], unread: Sequence[Unread]) -> str:
    counted = {result: sum(each.result == result for each in results) for result in _MEANING}
    parts = [f"{count} {_MEANING[result]}" for result, count in counted.items() if count]
    parts += [f"{len(unread)} not read"] * bool(unread)
    kinds = "ExternalSecrets and Secrets" if any(each.found.kind == SECRET for each in results) else "ExternalSecrets"
    return f"{kinds}: {', '.join(parts) or 'none'}."


_MEANING: Final = {
    "adopted": "adopted with an equal result",
    "different": "with a different result",
    "refused": "refused",
    "declared": "declared already",
}


def as_json(
    results: Sequence[Adopted], unread: Sequence[Unread], changes: Sequence[Change], project: Path, *, written: bool
) -> dict[str, Any]:
    return {
        "externalSecrets": [
            {
                "kind": each.found.kind,
                "namespace": each.found.namespace,
                "name": each.found.name,
                "file": each.found.file,
                "secret": each.meaning.secret,
                "app": each.app,
                "result": each.result,
                "reasons": list(each.reasons),
                "differences": [
                    {"path": one.path, "was": one.was, "wouldBe": one.would_be, "reason": one.reason}
                    for one in each.differences
                ],
            }
            for each in results
        ],
        "notRead": [{"where": each.where, "reason": each.reason} for each in unread],
        "files": [{"path": str(change.file), "diff": change.diff(project)} for change in changes],
        "written": written,
    }
