"""The dates of rotations, from the stack's outputs."""

from __future__ import annotations

import re
from typing import Final

from declaration import rotate_command
from operations.doctor.facts import Unread
from operations.doctor.findings import Finding, Outcome
from operations.doctor.steps.scope import Scope

_DUE: Final = re.compile(r"(?:due on|OVERDUE since) (\d{4}-\d{2}-\d{2})$", re.ASCII)
"""The end of a sentence of the output `rotations`."""


def check_rotations(scope: Scope) -> Outcome:
    dates = scope.facts.rotations
    if isinstance(dates, Unread):
        return Outcome.not_checked(dates.reason)
    due = {name: found[1] for name, words in dates.items() if (found := _DUE.search(words))}
    today = scope.facts.now.date().isoformat()
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
        if day < today
    ]
    following = min(due.values(), default="")
    return Outcome.of(findings, f"the next one is due on {following}" if following else "none is planned")
