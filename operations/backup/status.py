"""`backup status`: how old the newest backup in each target is, and whether anything is missing in it."""

from __future__ import annotations

import argparse
import datetime
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from declaration.site.backup import MAX_AGE_DAYS
from operations.backup.defaults import backup_of, targets_of
from operations.backup.options import NAME, NOT_ALL, PAGE, add_targets, reported
from operations.backup.targets.folders import backups_in, check_target, of_one_kind
from operations.backup.targets.manifest import TIME, damage

OWN: Final = f"{NAME} status"


@dataclass(frozen=True)
class Status:
    """
    The newest backup of a stack in one target.

    :param backup: its folder; empty without a backup
    :param age_days: of the backup; None without a backup
    :param problems: why this target does not count as a current backup; empty if it does
    :param missing: what the backup lacks although it could have it
    :param only_database: the job in the cluster wrote it
    """

    target: str
    backup: str = ""
    created: str = ""
    age_days: float | None = None
    backups: int = 0
    problems: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    only_database: bool = False


def main(arguments: list[str]) -> int:
    """Return the exit code: 0, 1 if a target has no current backup, 2 for an error, 130 when interrupted."""
    parser = argparse.ArgumentParser(
        prog=OWN,
        description="Show the newest backup in each target. It reads neither the cluster nor the state, and needs no "
        f"key. `verify` also reads the files. See {PAGE}.",
    )
    add_targets(parser)
    parser.add_argument(
        "--max-age-days",
        type=float,
        metavar="D",
        help=f"an older backup is overdue (default: `maxAgeDays` in homelab:backup, or {MAX_AGE_DAYS})",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    asked = parser.parse_args(arguments)
    return reported(lambda: _show(asked), "Nothing was changed.")


def status_of(target: Path, stack: str, max_age_days: float, now: datetime.datetime) -> Status:
    """
    :param target: an existing folder
    """
    backups = of_one_kind(backups_in(target, stack))
    if not backups:
        return Status(str(target), problems=("no backup",))
    newest = backups[-1]
    age = (now - newest.manifest.created).total_seconds() / 86_400
    problems = [f"damaged: {line}" for line in damage(newest.folder, newest.manifest, checksums=False)]
    if age > max_age_days:
        problems.append(f"overdue: older than {max_age_days:g} days")
    if newest.manifest.has_wrong_key:
        problems.append("its ENCRYPTION_KEY does not open its database")
    missing = tuple(f"{each.what}: {each.why}" for each in newest.manifest.missing if not each.expected)
    return Status(
        str(target),
        str(newest.folder),
        newest.manifest.created.strftime(TIME),
        round(age, 2),
        len(backups),
        (*problems, *(f"not in it: {each}" for each in missing)),
        missing,
        newest.manifest.has_only_database,
    )


def _show(asked: argparse.Namespace) -> int:
    now = datetime.datetime.now(datetime.UTC)
    targets = targets_of(asked)
    for target in targets:
        check_target(target, write=False)
    max_age_days = backup_of(asked).max_age_days if asked.max_age_days is None else asked.max_age_days
    found = [status_of(target, asked.stack, max_age_days, now) for target in targets]
    if asked.json:
        print(json.dumps({"stack": asked.stack, "targets": [asdict(each) for each in found]}, indent=1))
    else:
        for each in found:
            print(status_line(each))
    return NOT_ALL if any(each.problems for each in found) else 0


def status_line(status: Status) -> str:
    if status.age_days is None:
        return f"{status.target}: no backup"
    number = "1 backup" if status.backups == 1 else f"{status.backups} backups"
    head = f"{status.target}: {number}, the newest {_age(status.age_days)} old ({status.created})"
    head += "; only the database" * status.only_database
    return "\n".join([head, *(f"  {each}" for each in status.problems)])


def _age(days: float) -> str:
    return f"{days:.1f} days" if days >= 1 else f"{days * 24:.0f} hours" if days * 24 >= 1 else "less than an hour"
