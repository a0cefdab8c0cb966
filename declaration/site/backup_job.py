"""`homelab:backup.schedule`: the job in the cluster that backs up Infisical's database."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from declaration.config_keys import BACKUP, PROJECT
from declaration.kubernetes_names import subdomain_name
from declaration.problems import Problem
from declaration.section import Section
from declaration.site.backup_images import AGE, POSTGRES_16, POSTGRES_18, postgres_of_chart
from declaration.site.recipients import is_in_gpg
from declaration.site.settings import Infisical

MEMORY: Final = "512Mi"

_OF_THE_JOB: Final = ("timeZone", "volume", "memory", "images")
"""The fields that only the job uses."""
_FIELD: Final = r"[0-9A-Za-z*/,?-]+"
_CRON: Final = re.compile(rf"{_FIELD}( +{_FIELD}){{4}}|@(hourly|daily|midnight|weekly|monthly)")
_TIME_ZONE: Final = re.compile(r"[A-Za-z]+([/_+-][A-Za-z0-9]+)*")
_SIZE: Final = re.compile(r"[1-9]\d{0,5}(M|G|T|Mi|Gi|Ti)")
_IMAGE: Final = re.compile(r"[a-z0-9][a-z0-9._:-]*(/[a-z0-9._-]+)*(:[\w.-]+|@sha256:[0-9a-f]{64})", re.ASCII)


@dataclass(frozen=True)
class Volume:
    """A PersistentVolumeClaim to create. An empty `storage_class` is the cluster's default one."""

    size: str
    storage_class: str = ""


@dataclass(frozen=True)
class Images:
    """An empty `postgres` is the one that fits the database."""

    postgres: str = ""
    age: str = AGE


@dataclass(frozen=True)
class BackupJob:
    """
    :param schedule: in cron's form
    :param time_zone: of the schedule; empty for that of the cluster
    :param memory: limit of each step. The dump, compressed and not yet encrypted, has to fit into it
    """

    schedule: str
    volume: Volume
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
        volume=_parse_volume(section),
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


def _parse_volume(section: Section) -> Volume:
    volume = section.mapping("volume", "{size: 5Gi}")
    found = Volume(
        size=volume.string("size", check=_size, example="5Gi"),
        storage_class=volume.string("storageClass", check=subdomain_name, example="local-path", default=""),
    )
    volume.close()
    return found


def _parse_images(section: Section) -> Images:
    images = section.mapping("images", f"{{postgres: {POSTGRES_18}}}", optional=True)
    found = Images(
        postgres=images.string("postgres", check=_image, example=POSTGRES_18, default=""),
        age=images.string("age", check=_image, example=AGE, default=AGE),
    )
    images.close()
    return found


def _cron(text: str) -> str | None:
    return None if _CRON.fullmatch(text) else "five fields of cron, or one of @hourly, @daily, @weekly, @monthly"


def _time_zone(text: str) -> str | None:
    return None if _TIME_ZONE.fullmatch(text) else "the name of a time zone, such as Europe/Berlin"


def _size(text: str) -> str | None:
    return None if _SIZE.fullmatch(text) else "a size in M, G, T, Mi, Gi or Ti, such as 5Gi"


def _image(text: str) -> str | None:
    return None if _IMAGE.fullmatch(text) else "an image with a tag or a digest"
