"""The backups: whether each folder has a current and complete one, and whether the job in the cluster succeeds."""

from __future__ import annotations

from operations.doctor.facts import Unread
from operations.doctor.findings import Finding, Outcome
from operations.doctor.steps.backup_job import check_job, job_of, last_success
from operations.doctor.steps.scope import Scope


def check_backups(scope: Scope) -> Outcome:
    backups, declared = scope.facts.backups, scope.homelab.backup
    if not (backups or declared.job):
        return Outcome.not_needed("no folder is named: in homelab:backup, or with --backups")
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
    findings += check_job(scope)
    job = job_of(scope)
    if not findings and isinstance(job, Unread):
        return Outcome.not_checked(job.reason)
    if not findings and not backups and job is None:
        return Outcome.not_checked("the Kubernetes API does not answer")
    known = [last_success(job)] if job and not isinstance(job, Unread) else []
    return Outcome.of(findings, "; ".join([*(each.newest for each in backups), *known]))
