"""The CronJob that backs up Infisical's database, and where it writes to."""

from __future__ import annotations

from typing import Any, Final

import pulumi

from components.backup.files import files_of
from components.backup.pod import ACCESS_KEY_ID, SECRET_ACCESS_KEY, Plan, pod_spec
from components.base.children import after, child_options
from components.base.kubernetes_object import KubernetesObject
from components.base.labels import managed_by
from components.config import Config
from declaration.objects import BACKUP_JOB, BACKUP_LOGIN, INFISICAL_NAMESPACE
from declaration.site.backup_job import BackupJob, Volume

_RETRIES: Final = 2
_LONGEST_SECONDS: Final = 3600
"""Of a run with its retries."""
_KEPT_RUNS: Final = 3


class DatabaseBackup(pulumi.ComponentResource):
    """
    The CronJob `infisical-backup`, its ConfigMap, and the PersistentVolumeClaim or the login to the bucket.

    Only the login's Secret has a secret. The claim outlives its removal from the declaration, and `pulumi destroy`: it
    has the backups of what was just removed.

    :param config: with a job
    """

    def __init__(self, name: str, *, config: Config, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:secrets:DatabaseBackup", name, None, opts)
        job = config.backup.job
        assert job
        plan = Plan(config.backup, job, config.infisical, pulumi.get_stack())
        needed: list[pulumi.Resource] = [
            self._object("ConfigMap", {"data": files_of(plan)}, child_options(self, opts)),
        ]
        if plan.volume:
            claim = self._object(
                "PersistentVolumeClaim",
                {"spec": _claim(plan.volume)},
                child_options(self, opts, retain_on_delete=True),
                # A volume that waits for its first pod is not bound before the first run.
                annotations={"pulumi.com/skipAwait": "true"},
            )
            needed.append(claim)
        if config.s3_login:
            login = {
                ACCESS_KEY_ID: config.s3_login.access_key_id,
                SECRET_ACCESS_KEY: config.s3_login.secret_access_key,
            }
            needed.append(self._object("Secret", {"stringData": login}, child_options(self, opts), BACKUP_LOGIN))
        self._object("CronJob", {"spec": _cron_job(job, pod_spec(plan))}, child_options(self, after(*needed)))
        self.register_outputs({})

    def _object(
        self,
        kind: str,
        fields: dict[str, object],
        opts: pulumi.ResourceOptions,
        name: str = BACKUP_JOB,
        **metadata: Any,
    ) -> KubernetesObject:
        labels = managed_by("pulumi", name=BACKUP_JOB, component="backup")
        return KubernetesObject(
            name,
            api_version="batch/v1" if kind == "CronJob" else "v1",
            kind=kind,
            metadata={"name": name, "namespace": INFISICAL_NAMESPACE, "labels": labels, **metadata},
            fields=fields,
            opts=opts,
        )


def _claim(volume: Volume) -> dict[str, Any]:
    named = {"storageClassName": volume.storage_class} if volume.storage_class else {}
    return {
        "accessModes": ["ReadWriteOnce"],
        **named,
        "resources": {"requests": {"storage": volume.size}},
    }


def _cron_job(job: BackupJob, pod: dict[str, Any]) -> dict[str, Any]:
    return {
        "schedule": job.schedule,
        **({"timeZone": job.time_zone} if job.time_zone else {}),
        # Without `startingDeadlineSeconds`: a cluster that was off at that time makes up for it.
        "concurrencyPolicy": "Forbid",
        "successfulJobsHistoryLimit": _KEPT_RUNS,
        "failedJobsHistoryLimit": _KEPT_RUNS,
        "jobTemplate": {
            "spec": {
                "backoffLimit": _RETRIES,
                "activeDeadlineSeconds": _LONGEST_SECONDS,
                "template": {
                    "metadata": {"labels": managed_by("pulumi", name=BACKUP_JOB, component="backup")},
                    "spec": pod,
                },
            }
        },
    }
