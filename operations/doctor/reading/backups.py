"""The newest backup in each folder that the user or the declaration names."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path

from declaration import Backup as Declared
from operations.doctor.facts import Backup
from operations.errors import OperationError


def read_backups(targets: Sequence[Path], declared: Declared, stack: str, now: datetime.datetime) -> tuple[Backup, ...]:
    """
    :param targets: folders of backups; without one, those of the declaration
    :param declared: `homelab:backup`
    """
    found = targets or [Path(each).expanduser() for each in declared.to]
    return tuple(_newest(target, stack, declared.max_age_days, now) for target in found)


def _newest(target: Path, stack: str, max_age_days: int, now: datetime.datetime) -> Backup:
    # Slow to load, and needed only with folders.
    from operations.backup.status import status_line, status_of
    from operations.backup.targets.folders import check_target

    try:
        check_target(target, write=False)
    except OperationError as error:
        return Backup(str(target), "", tuple(line.strip() for line in str(error).splitlines()[:2]))
    status = status_of(target, stack, max_age_days, now)
    return Backup(str(target), status_line(status).splitlines()[0], status.problems)
