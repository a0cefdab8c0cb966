"""Which backups of one stack are removed."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from operations.backup.targets.folders import Backup
from operations.backup.targets.manifest import damage


def outdated(
    backups: Sequence[Backup], *, keep: int | None, keep_days: int | None, now: datetime.datetime
) -> list[Backup]:
    """
    Backups beyond a count or an age. The newest one, the newest undamaged one with everything in it, and the newest
    undamaged one with the database always stay.

    :param backups: of one stack, the newest last
    :param keep: how many stay; None for any number
    :param keep_days: how old they may be; None for any age
    """
    good = [each for each in backups if not damage(each.folder, each.manifest, checksums=False)]
    whole = [each for each in good if each.manifest.is_whole]
    with_database = [each for each in good if each.manifest.key_opens_database]
    kept = {each[-1].folder for each in (backups, good, whole, with_database) if each}
    by_count = set() if keep is None else {each.folder for each in backups[: max(0, len(backups) - keep)]}
    by_age = set()
    if keep_days is not None:
        limit = now - datetime.timedelta(days=keep_days)
        by_age = {each.folder for each in backups if each.manifest.created < limit}
    return [each for each in backups if each.folder in (by_count | by_age) - kept]
