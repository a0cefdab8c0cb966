"""The newest backup in each folder that the user names."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path

from operations.doctor.facts import Backup
from operations.errors import OperationError


def read_backups(targets: Sequence[Path], stack: str, now: datetime.datetime) -> tuple[Backup, ...]:
    """:param targets: folders of backups"""
    return tuple(_newest(target, stack, now) for target in targets)


def _newest(target: Path, stack: str, now: datetime.datetime) -> Backup:
    # Slow to load, and needed only with --backups.
    from operations.backup.status import MAX_AGE_DAYS, status_line, status_of
    from operations.backup.targets.folders import check_target

    try:
        check_target(target, write=False)
    except OperationError as error:
        return Backup(str(target), "", tuple(line.strip() for line in str(error).splitlines()[:2]))
    status = status_of(target, stack, MAX_AGE_DAYS, now)
    return Backup(str(target), status_line(status).splitlines()[0], status.problems)
