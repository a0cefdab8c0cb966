"""The backups: whether each folder has a current and complete one."""

from __future__ import annotations

from operations.doctor.findings import Finding, Outcome
from operations.doctor.steps.scope import Scope


def check_backups(scope: Scope) -> Outcome:
    backups = scope.facts.backups
    if not backups:
        return Outcome.not_needed("no folder was named with --backups")
    findings = [
        Finding(
            "no-current-backup",
            "A folder has no current backup",
            f"`python -m operations backup --to {each.target} --recipient …`",
            (each.target,),
            "; ".join(each.problems),
            "a complete backup of the last 7 days",
            warning=True,
        )
        for each in backups
        if each.problems
    ]
    return Outcome.of(findings, "; ".join(each.newest for each in backups))
