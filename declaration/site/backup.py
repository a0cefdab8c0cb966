"""`homelab:backup`: who can decrypt the backups, where they are, how many stay, and the job in the cluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from declaration.problems import Problem
from declaration.section import Section
from declaration.site.backup_job import BackupJob, parse_backup_job
from declaration.site.recipients import check_recipients

MAX_AGE_DAYS: Final = 7


@dataclass(frozen=True)
class Backup:
    """
    What the job in the cluster uses, and the commands about backups if their options do not say otherwise.

    :param recipients: public keys; each alone can decrypt
    :param to: folders for the backups of the owner's machine
    :param keep: how many backups stay; None for all
    :param keep_days: how old they may be; None for any age
    :param max_age_days: an older newest backup is overdue
    :param job: in the cluster, for the database; None without one
    :param public_keys: the OpenPGP keys in files, by the file's path
    """

    recipients: tuple[str, ...] = ()
    to: tuple[str, ...] = ()
    keep: int | None = None
    keep_days: int | None = None
    max_age_days: int = MAX_AGE_DAYS
    job: BackupJob | None = None
    public_keys: Mapping[str, str] = field(default_factory=dict, repr=False)


def parse_backup(path: str, declared: object, project: Path, problems: list[Problem]) -> Backup:
    """
    Read `homelab:backup`. Adds what is wrong to `problems`.

    :param project: the folder with `Pulumi.yaml`
    """
    section = Section.of(path, declared, problems, "{recipients: [age1…], to: [/mnt/usb]}")
    recipients = section.strings("recipients", default=(), check=_any, example="age1…", show=_no_recipient)
    backup = Backup(
        recipients=recipients,
        to=section.strings("to", default=(), check=_folder, example="/mnt/usb"),
        keep=section.optional_integer("keep", 1, 10_000, example=10),
        keep_days=section.optional_integer("keepDays", 1, 3650, example=90),
        max_age_days=section.integer("maxAgeDays", 1, 3650, default=MAX_AGE_DAYS),
        job=parse_backup_job(section),
        public_keys=check_recipients(section.at("recipients"), recipients, project, problems),
    )
    section.close()
    return backup


def _any(_: str) -> None:
    """`check_recipients` checks each recipient, because a message about one must not show it."""


def _no_recipient(_: str) -> str:
    return "a recipient"


def _folder(text: str) -> str | None:
    return None if text.startswith(("/", "~/")) else "an absolute path, or one that begins with ~/"
