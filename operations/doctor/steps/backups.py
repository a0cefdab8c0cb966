"""The backups: whether each folder has a current and complete one."""

from __future__ import annotations

from operations.doctor.findings import Finding, Outcome
from operations.doctor.steps.scope import Scope


def check_backups(scope: Scope) -> Outcome:
    backups = scope.facts.backups
    if not backups:
        return Outcome.not_needed("no folder is named: in homelab:backup, or with --backups")
    declared = scope.homelab.backup
    recipient = "" if declared.recipients else " --recipient …"
    findings = [
        Finding(
            "no-current-backup",
            "A folder has no current backup",
            f"`python -m operations backup --to {each.target}{recipient}`",
            (each.target,),
            "; ".join(each.problems),
            f"a complete backup of the last {declared.max_age_days} days",
            warning=True,
        )
        for each in backups
        if each.problems
    ]
    return Outcome.of(findings, "; ".join(each.newest for each in backups))
