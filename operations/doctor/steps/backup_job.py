"""The job in the cluster that backs up the database: when it last succeeded."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Final

from declaration.objects import BACKUP_JOB, INFISICAL_NAMESPACE
from operations.doctor.facts import Object, Unread
from operations.doctor.findings import Finding
from operations.doctor.steps.scope import Scope

PLACE: Final = f"CronJob {INFISICAL_NAMESPACE}/{BACKUP_JOB}"
_NAMED: Final = f"cronjob {BACKUP_JOB} -n {INFISICAL_NAMESPACE}"
_LOGS: Final = (
    f"read `kubectl logs -n {INFISICAL_NAMESPACE} -l app.kubernetes.io/name={BACKUP_JOB} --all-containers --prefix`, "
    f"and solve it. Then run `kubectl create job -n {INFISICAL_NAMESPACE} --from=cronjob/{BACKUP_JOB} {BACKUP_JOB}-now`"
)


def job_of(scope: Scope) -> Object | Unread | None:
    """The CronJob; None if none is declared, the cluster does not answer, or it does not exist."""
    cluster = scope.facts.cluster
    return None if isinstance(cluster, Unread) or not scope.homelab.backup.job else cluster.backup_job


def check_job(scope: Scope) -> Iterator[Finding]:
    """The findings of a declared job."""
    if not scope.homelab.backup.job or isinstance(scope.facts.cluster, Unread):
        return
    job = job_of(scope)
    if job is None:
        what, fix = "The job that backs up the database does not exist", "`pulumi up`"
        yield _finding("backup-job-missing", what, fix, "no such object", "the CronJob of homelab:backup.schedule")
    elif not isinstance(job, Unread):
        yield from _of_job(job, scope)


def last_success(job: Object) -> str:
    """When the job last succeeded, in words."""
    succeeded = (job.get("status") or {}).get("lastSuccessfulTime")
    return f"{PLACE}: last success {succeeded}" if succeeded else f"{PLACE}: no run yet"


def _of_job(job: Object, scope: Scope) -> Iterator[Finding]:
    status = job.get("status") or {}
    succeeded, started = status.get("lastSuccessfulTime"), status.get("lastScheduleTime")
    days = scope.homelab.backup.max_age_days
    limit = scope.facts.now - datetime.timedelta(days=days)
    expected = f"a success in the last {days} days"
    found = f"last success: {succeeded or 'never'}; last start: {started or 'never'}"
    if (job.get("spec") or {}).get("suspend"):
        what = "The job that backs up the database is suspended"
        fix = f'`kubectl patch {_NAMED} -p \'{{"spec": {{"suspend": false}}}}\'`'
        yield _finding("backup-job-suspended", what, fix, found, expected)
    elif started and not status.get("active") and (not succeeded or _time(succeeded) < _time(started)):
        what = "The last backup of the database failed"
        yield _finding("backup-job-failed", what, _LOGS, found, expected)
    elif _time(succeeded or job["metadata"]["creationTimestamp"]) < limit:
        what = "The backup of the database is overdue"
        yield _finding(
            "backup-job-overdue", what, f"`kubectl describe {_NAMED}` says why it did not run", found, expected
        )


def _finding(id_: str, what: str, fix: str, found: str, expected: str) -> Finding:
    return Finding(id_, what, fix, (PLACE,), found, expected, warning=True)


def _time(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text)
