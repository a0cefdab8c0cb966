"""The dates of rotations, from the stack's outputs."""

from __future__ import annotations

from declaration import rotate_command
from operations.dates import read_dates
from operations.doctor.facts import Unread
from operations.doctor.findings import Finding, Outcome
from operations.doctor.steps.scope import Scope


def check_rotations(scope: Scope) -> Outcome:
    dates = scope.facts.rotations
    if isinstance(dates, Unread):
        return Outcome.not_checked(dates.reason)
    known = {name: found for name, words in dates.items() if (found := read_dates(words))}
    due = {name: found.due.isoformat() for name, found in known.items() if found.due}
    today = scope.facts.now.date()
    findings = [
        Finding(
            "rotation-overdue",
            "A rotation is overdue",
            f"`{rotate_command(name)}`, then `pulumi up`",
            (name,),
            f"due on {day}",
            "a rotation before that day, or a longer `homelab:rotateEveryDays`",
            warning=True,
        )
        for name, day in sorted(due.items())
        if known[name].is_overdue(today)
    ]
    following = min(due.values(), default="")
    return Outcome.of(findings, f"the next one is due on {following}" if following else "none is planned")
