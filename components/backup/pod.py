"""The pod of the job: its steps run one after the other, so that a failed one leaves no backup."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from declaration import Infisical
from declaration.cluster.backup_layout import AGE_SUFFIX, DATABASE, OF_THE_DATABASE, PG_DUMP_OPTIONS
from declaration.cluster.chart_values import POSTGRESQL_KEY
from declaration.objects import BACKUP_JOB, BACKUP_LOGIN, DATABASE_SECRET, POSTGRESQL, SEPARATE_POSTGRESQL
from declaration.site.backup import Backup
from declaration.site.backup_job import BackupJob, Bucket, Volume, postgres_image
from declaration.site.recipients import is_file

Object = dict[str, Any]

CONFIG: Final = "/config"
PLAIN: Final = "/plain"
WORK: Final = "/work"
TARGET: Final = "/backups"
ACCESS_KEY_ID: Final = "AWS_ACCESS_KEY_ID"
SECRET_ACCESS_KEY: Final = "AWS_SECRET_ACCESS_KEY"
"""The keys of the Secret with the login to the bucket, and the variables that rclone reads."""
RECIPIENTS: Final = "recipients"
"""The file with the recipients of age."""

_USER: Final = 65532
"""None of the images needs a user of its own."""


@dataclass(frozen=True)
class Plan:
    """
    What the job does.

    :param stack: the name of the stack, without its organization
    """

    backup: Backup
    job: BackupJob
    infisical: Infisical
    stack: str

    @property
    def age(self) -> tuple[str, ...]:
        """The recipients of age."""
        return tuple(each for each in self.backup.recipients if not is_file(each))

    @property
    def openpgp(self) -> tuple[str, ...]:
        """The files with OpenPGP keys."""
        return tuple(each for each in self.backup.recipients if is_file(each))

    @property
    def volume(self) -> Volume | None:
        """Where the backups go, if that is a volume."""
        return self.job.target if isinstance(self.job.target, Volume) else None

    @property
    def bucket(self) -> Bucket | None:
        """Where the backups go, if that is a bucket."""
        return self.job.target if isinstance(self.job.target, Bucket) else None


def pod_spec(plan: Plan) -> Object:
    steps = [_dump(plan), *([_encrypt(plan)] if plan.age else [])]
    return {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": _USER,
            "runAsGroup": _USER,
            "fsGroup": _USER,
            "fsGroupChangePolicy": "OnRootMismatch",
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "initContainers": steps,
        "containers": [_upload(plan, plan.bucket) if plan.bucket else _store(plan)],
        "volumes": [
            {"name": "config", "configMap": {"name": BACKUP_JOB}},
            # In memory: the dump is never on a disk before it is encrypted.
            {"name": "plain", "emptyDir": {"medium": "Memory", "sizeLimit": plan.job.memory}},
            {"name": "work", "emptyDir": {}},
            *([{"name": "backups", "persistentVolumeClaim": {"claimName": BACKUP_JOB}}] if plan.volume else []),
        ],
    }


def _dump(plan: Plan) -> Object:
    image = postgres_image(plan.job, plan.infisical)
    command = ["bash", f"{CONFIG}/dump.sh", *PG_DUMP_OPTIONS]
    environment = [*_environment(CONFIG=CONFIG, PLAIN=PLAIN, WORK=WORK), *_login(plan.infisical)]
    return _container("dump", image, command, environment, plan, "config", "plain", "work")


def _encrypt(plan: Plan) -> Object:
    # Without a shell: the image has none.
    command = [
        "age",
        "--encrypt",
        f"--recipients-file={CONFIG}/{RECIPIENTS}",
        f"--output={WORK}/files/{DATABASE}{AGE_SUFFIX}",
        f"{PLAIN}/{DATABASE}",
    ]
    return _container("encrypt", plan.job.images.age, command, [], plan, "config", "plain", "work")


def _store(plan: Plan) -> Object:
    image = postgres_image(plan.job, plan.infisical)
    command = ["bash", f"{CONFIG}/store.sh"]
    environment = _environment(CONFIG=CONFIG, WORK=WORK, TARGET=TARGET, **_retention(plan))
    return _container("store", image, command, environment, plan, "config", "work", "backups")


def _upload(plan: Plan, bucket: Bucket) -> Object:
    environment = _environment(
        CONFIG=CONFIG,
        WORK=WORK,
        REMOTE="/".join(filter(None, (f"bucket:{bucket.name}", bucket.prefix))),
        **_retention(plan),
        # Rclone reads its settings of the remote from these variables, and has no file of them.
        RCLONE_CONFIG=f"{WORK}/rclone.conf",
        RCLONE_CONFIG_BUCKET_TYPE="s3",
        RCLONE_CONFIG_BUCKET_PROVIDER="Other",
        RCLONE_CONFIG_BUCKET_ENDPOINT=bucket.endpoint,
        RCLONE_CONFIG_BUCKET_REGION=bucket.region,
        RCLONE_CONFIG_BUCKET_ENV_AUTH="true",
        # The bucket exists, and the login may have no right to list or create others.
        RCLONE_CONFIG_BUCKET_NO_CHECK_BUCKET="true",
    )
    login = [_from_secret(name, BACKUP_LOGIN, name) for name in (ACCESS_KEY_ID, SECRET_ACCESS_KEY)]
    command = ["sh", f"{CONFIG}/upload.sh"]
    return _container("upload", plan.job.images.rclone, command, [*environment, *login], plan, "config", "work")


def _retention(plan: Plan) -> dict[str, str]:
    return {
        "PREFIX": f"{plan.stack}{OF_THE_DATABASE}",
        "KEEP": str(plan.backup.keep or ""),
        "KEEP_DAYS": str(plan.backup.keep_days or ""),
    }


def _login(infisical: Infisical) -> list[Object]:
    """How pg_dump logs in. The passwords are in Secrets of others."""
    if external := infisical.external:
        return [_from_secret("CONNECTION", external.secret_name, external.secret_key)]
    host, secret, key = (
        (POSTGRESQL, POSTGRESQL, "password")
        if infisical.uses_bundled
        else (SEPARATE_POSTGRESQL, DATABASE_SECRET, POSTGRESQL_KEY)
    )
    place = _environment(PGHOST=host, PGPORT="5432", PGUSER="infisical", PGDATABASE="infisicalDB")
    return [*place, _from_secret("PGPASSWORD", secret, key)]


def _container(
    name: str, image: str, command: list[str], environment: list[Object], plan: Plan, *volumes: str
) -> Object:
    paths = {"config": CONFIG, "plain": PLAIN, "work": WORK, "backups": TARGET}
    return {
        "name": name,
        "image": image,
        "command": command,
        **({"env": environment} if environment else {}),
        "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": plan.job.memory}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [
            {"name": each, "mountPath": paths[each], **({"readOnly": True} if each == "config" else {})}
            for each in volumes
        ],
    }


def _environment(**values: str) -> list[Object]:
    # The API server drops an empty value, which each preview would then report as a change.
    return [{"name": name, "value": value} for name, value in values.items() if value]


def _from_secret(name: str, secret: str, key: str) -> Object:
    return {"name": name, "valueFrom": {"secretKeyRef": {"name": secret, "key": key}}}
