"""`homelab:backup.schedule`: the job in the cluster that backs up Infisical's database."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from declaration.config_keys import BACKUP, PROJECT
from declaration.kubernetes_names import subdomain_name
from declaration.problems import Problem, kind_of
from declaration.section import Section
from declaration.site.backup_images import AGE, POSTGRES_16, POSTGRES_18, RCLONE, postgres_of_chart
from declaration.site.credentials import CREDENTIALS
from declaration.site.recipients import is_in_gpg
from declaration.site.settings import Infisical
from infisical import rules

MEMORY: Final = "512Mi"
REGION: Final = "us-east-1"
LOGIN: Final = ("backupS3AccessKeyId", "backupS3SecretAccessKey")

_OF_THE_JOB: Final = ("timeZone", "volume", "s3", "memory", "images")
"""The fields that only the job uses."""
_FIELD: Final = r"[0-9A-Za-z*/,?-]+"
_CRON: Final = re.compile(rf"{_FIELD}( +{_FIELD}){{4}}|@(hourly|daily|midnight|weekly|monthly)")
_TIME_ZONE: Final = re.compile(r"[A-Za-z]+([/_+-][A-Za-z0-9]+)*")
_SIZE: Final = re.compile(r"[1-9]\d{0,5}(M|G|T|Mi|Gi|Ti)")
_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX: Final = re.compile(r"[\w-][\w.-]*(/[\w-][\w.-]*)*", re.ASCII)
_REGION: Final = re.compile(r"[a-z0-9-]+")
_IMAGE: Final = re.compile(r"[a-z0-9][a-z0-9._:-]*(/[a-z0-9._-]+)*(:[\w.-]+|@sha256:[0-9a-f]{64})", re.ASCII)


@dataclass(frozen=True)
class Volume:
    """A PersistentVolumeClaim to create. An empty `storage_class` is the cluster's default one."""

    size: str
    storage_class: str = ""


@dataclass(frozen=True)
class Bucket:
    """A bucket that exists, at a server with the API of S3. The backups are below `prefix`, if it is not empty."""

    endpoint: str
    name: str
    prefix: str = ""
    region: str = REGION


@dataclass(frozen=True)
class Images:
    """An empty `postgres` is the one that fits the database."""

    postgres: str = ""
    age: str = AGE
    rclone: str = RCLONE


@dataclass(frozen=True)
class BackupJob:
    """
    :param schedule: in cron's form
    :param time_zone: of the schedule; empty for that of the cluster
    :param memory: limit of each step. The dump, compressed and not yet encrypted, has to fit into it
    """

    schedule: str
    target: Volume | Bucket
    time_zone: str = ""
    memory: str = MEMORY
    images: Images = Images()


def parse_backup_job(section: Section) -> BackupJob | None:
    """The fields of the job; None without a schedule."""
    if "schedule" not in section.fields:
        section.skip("schedule", *_OF_THE_JOB)
        for name in _OF_THE_JOB:
            if name in section.fields:
                found, expected = "a value without a schedule", "a schedule, which makes this program create the job"
                section.problem(name, found, expected, f'add `schedule: "30 3 * * *"`, or remove `{name}`')
        return None
    return BackupJob(
        schedule=section.string("schedule", check=_cron, example="30 3 * * *"),
        time_zone=section.string("timeZone", check=_time_zone, example="Europe/Berlin", default=""),
        target=_parse_target(section),
        memory=section.string("memory", check=_size, example=MEMORY, default=MEMORY),
        images=_parse_images(section),
    )


def postgres_image(job: BackupJob, infisical: Infisical) -> str:
    """An image whose pg_dump fits the server."""
    if job.images.postgres or infisical.external:
        return job.images.postgres or POSTGRES_18
    in_use = infisical.separate if infisical.database_in_use == "separate" else None
    return postgres_of_chart(in_use.postgresql_version) if in_use else POSTGRES_16


def wrong_backup(job: BackupJob | None, recipients: tuple[str, ...], infisical: Infisical) -> Iterator[Problem]:
    """What the job cannot do."""
    path = f"{PROJECT}:{BACKUP}"
    if not job:
        return
    if not infisical.is_installed:
        yield Problem(
            f"{path}.schedule",
            f"a value, although {PROJECT}:infisical.install is none",
            "no schedule: the database is where Infisical runs",
            "remove `schedule`, and back the database up there",
        )
    if not recipients:
        expected = "who can decrypt the backups: the job writes nothing unencrypted"
        yield Problem(f"{path}.recipients", "missing", expected, "add `recipients: [age1…]`")
    for index, recipient in enumerate(recipients):
        if is_in_gpg(recipient):
            yield Problem(
                f"{path}.recipients[{index}]",
                "an OpenPGP key that only gpg on this machine has",
                "a public key for the job in the cluster: age1…, ssh-…, or a file NAME.asc",
                "run `gpg --export --armor FINGERPRINT > owner.asc`, and write `owner.asc`",
            )


def wrong_bucket_login(job: BackupJob | None, values: Collection[str]) -> Iterator[Problem]:
    """
    Credentials that a bucket lacks, or that have no effect.

    :param values: the keys of the stack config
    """
    has_bucket = job is not None and isinstance(job.target, Bucket)
    for key in LOGIN:
        if has_bucket and not {*LOGIN} & {*values}:
            expected = f"the login to the bucket of {PROJECT}:{BACKUP}.s3"
            yield Problem(f"{PROJECT}:{key}", "missing", expected, f"run `{CREDENTIALS[key].set_command(key)}`")
        if not has_bucket and key in values:
            found, fix = f"a value without {PROJECT}:{BACKUP}.s3", f"run `pulumi config rm {PROJECT}:{key}`"
            yield Problem(f"{PROJECT}:{key}", found, "no value, or a bucket", fix)


def _parse_target(section: Section) -> Volume | Bucket:
    section.skip("volume", "s3")
    bucket = _parse_bucket(section) if "s3" in section.fields else None
    volume = _parse_volume(section) if "volume" in section.fields or not bucket else None
    if bucket and volume:
        section.problem("s3", "a second place, next to volume", "one of volume and s3", "remove `volume` or `s3`")
    target = bucket or volume
    assert target
    return target


def _parse_volume(section: Section) -> Volume:
    volume = section.mapping("volume", "{size: 5Gi}")
    found = Volume(
        size=volume.string("size", check=_size, example="5Gi"),
        storage_class=volume.string("storageClass", check=subdomain_name, example="local-path", default=""),
    )
    volume.close()
    return found


def _parse_bucket(section: Section) -> Bucket:
    bucket = section.mapping("s3", "{endpoint: https://s3.example.net, bucket: homelab}")
    found = Bucket(
        endpoint=bucket.string("endpoint", check=_endpoint, example="https://s3.example.net", show=kind_of),
        name=bucket.string("bucket", check=_bucket, example="homelab"),
        prefix=bucket.string("prefix", check=_prefix, example="infisical", default=""),
        region=bucket.string("region", check=_region, example=REGION, default=REGION),
    )
    bucket.close()
    return found


def _parse_images(section: Section) -> Images:
    images = section.mapping("images", f"{{postgres: {POSTGRES_18}}}", optional=True)
    found = Images(
        postgres=images.string("postgres", check=_image, example=POSTGRES_18, default=""),
        age=images.string("age", check=_image, example=AGE, default=AGE),
        rclone=images.string("rclone", check=_image, example=RCLONE, default=RCLONE),
    )
    images.close()
    return found


def _cron(text: str) -> str | None:
    return None if _CRON.fullmatch(text) else "five fields of cron, or one of @hourly, @daily, @weekly, @monthly"


def _time_zone(text: str) -> str | None:
    return None if _TIME_ZONE.fullmatch(text) else "the name of a time zone, such as Europe/Berlin"


def _endpoint(text: str) -> str | None:
    wrong = rules.url(text)
    return wrong or (None if urlsplit(text).path in ("", "/") else "an address without a path")


def _bucket(text: str) -> str | None:
    return None if _BUCKET.fullmatch(text) else "the name of a bucket: 3 to 63 of a-z, 0-9, '.' and '-'"


def _prefix(text: str) -> str | None:
    return None if _PREFIX.fullmatch(text) else "words of A-Z, a-z, 0-9, '.', '_' and '-', joined by '/'"


def _region(text: str) -> str | None:
    return None if _REGION.fullmatch(text) else "the name of a region, such as us-east-1"


def _size(text: str) -> str | None:
    return None if _SIZE.fullmatch(text) else "a size in M, G, T, Mi, Gi or Ti, such as 5Gi"


def _image(text: str) -> str | None:
    return None if _IMAGE.fullmatch(text) else "an image with a tag or a digest"
