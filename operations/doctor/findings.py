"""What a step of the doctor finds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum


class Status(StrEnum):
    """Of a step. `not-needed`: this homelab does not have that part."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"
    NOT_CHECKED = "not-checked"
    NOT_NEEDED = "not-needed"

    @property
    def mark(self) -> str:
        """One character."""
        return {"ok": "✓", "warning": "!", "error": "✗", "not-checked": "?", "not-needed": "-"}[self]


@dataclass(frozen=True)
class Finding:
    """
    One problem, with its fix.

    :param id: the same for the same kind of problem, such as `login-locked`
    :param where: the objects, keys or files
    :param fix: the next command; a command for each object if there are several lines
    :param warning: it needs attention, and breaks nothing yet
    :param alone: it stays when a step before has failed: its cause is a different one
    """

    id: str
    what: str
    fix: str
    where: tuple[str, ...] = ()
    found: str = ""
    expected: str = ""
    warning: bool = False
    alone: bool = False

    @property
    def status(self) -> Status:
        return Status.WARNING if self.warning else Status.ERROR


@dataclass(frozen=True)
class Outcome:
    """
    What a check found.

    :param detail: what is good, or why the step was not checked; one line
    """

    detail: str = ""
    findings: tuple[Finding, ...] = ()
    status: Status = Status.OK

    @classmethod
    def of(cls, findings: Iterable[Finding], detail: str) -> Outcome:
        """
        :param detail: for a step without findings
        """
        found = merged(findings)
        if not found:
            return cls(detail)
        worst = Status.ERROR if any(not each.warning for each in found) else Status.WARNING
        return cls(_count(found), found, worst)

    @classmethod
    def not_checked(cls, reason: str) -> Outcome:
        return cls(reason, status=Status.NOT_CHECKED)

    @classmethod
    def not_needed(cls, reason: str) -> Outcome:
        return cls(reason, status=Status.NOT_NEEDED)


def merged(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings that differ in their objects and fixes only are one, with all objects and all fixes."""
    found: dict[tuple[str, str, str, str], Finding] = {}
    for each in findings:
        key = each.id, each.what, each.found, each.expected
        other = found.get(key)
        if other is None:
            found[key] = each
            continue
        where = tuple(dict.fromkeys((*other.where, *each.where)))
        fixes = "\n".join(dict.fromkeys((*other.fix.splitlines(), *each.fix.splitlines())))
        found[key] = replace(other, where=where, fix=fixes, alone=other.alone or each.alone)
    return tuple(found.values())


def _count(findings: tuple[Finding, ...]) -> str:
    errors = sum(not each.warning for each in findings)
    parts = ((errors, "error"), (len(findings) - errors, "warning"))
    return ", ".join(f"{count} {word}{'s' * (count > 1)}" for count, word in parts if count)
