"""`backup`: writes a backup and removes outdated ones. Its subcommands have modules of their own."""

from __future__ import annotations

import argparse
import datetime
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from operations.backup.create import Done, Job, back_up
from operations.backup.defaults import given_recipients, given_targets
from operations.backup.extract import main as extract
from operations.backup.keys.recipients import find_recipients
from operations.backup.options import NAME, NOT_ALL, PAGE, add_targets, reported
from operations.backup.sheet import main as sheet
from operations.backup.status import main as status
from operations.backup.targets.folders import backups_in, locked, remove
from operations.backup.targets.retention import outdated
from operations.backup.verify import main as verify
from operations.backup.verify import wrong_key
from operations.values.options import declared

SUBCOMMANDS: Final[Mapping[str, Callable[[list[str]], int]]] = {
    "verify": verify,
    "status": status,
    "extract": extract,
    "sheet": sheet,
}


def main(arguments: list[str]) -> int:
    """
    Return the exit code: 0, 1 if something that should be in the backup is missing, 2 for an error, 130 when
    interrupted.
    """
    if arguments and arguments[0] in SUBCOMMANDS:
        return SUBCOMMANDS[arguments[0]](arguments[1:])
    parser = _parser()
    asked = parser.parse_args(arguments)
    for option, number in (("--keep", asked.keep), ("--keep-days", asked.keep_days)):
        if number is not None and number < 1:
            parser.error(f"{option} needs a number from 1")
    return reported(lambda: _back_up(asked), "No incomplete backup has a name; run the command again.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=NAME,
        description="Write an encrypted backup of Infisical's keys, all values, its database, the stack's state and "
        f"the stack file. See {PAGE}.",
        epilog=f"Other commands: {', '.join(f'{NAME} {each}' for each in SUBCOMMANDS)}; each has --help.",
    )
    add_targets(parser, "an existing folder")
    parser.add_argument(
        "--recipient",
        action="append",
        default=[],
        metavar="RECIPIENT",
        help="who can decrypt it: age1…, ssh-ed25519 …, or an OpenPGP key in a file NAME.asc or in gpg; may be "
        "repeated (default: `recipients` in homelab:backup)",
    )
    parser.add_argument("--no-database", action="store_true", help="leave Infisical's database out")
    parser.add_argument(
        "--keep",
        type=int,
        metavar="N",
        help="remove all but the N newest backups of the stack (default: `keep` in homelab:backup)",
    )
    parser.add_argument(
        "--keep-days",
        type=int,
        metavar="D",
        help="remove backups of the stack that are older (default: `keepDays` in homelab:backup)",
    )
    return parser


def _back_up(asked: argparse.Namespace) -> int:
    now = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    homelab = declared(asked)
    backup = homelab.backup
    targets = given_targets(asked.to, backup)
    recipients = find_recipients(given_recipients(asked.recipient, backup, asked.project))
    job = Job(asked.project, asked.stack, homelab, targets, recipients, not asked.no_database)
    done = back_up(job, now, lambda text: print(f"{text} …", flush=True))
    _show(done)
    for folder in done.folders:
        keep, keep_days = asked.keep or backup.keep, asked.keep_days or backup.keep_days
        _remove_outdated(folder.parent, asked.stack, keep, keep_days, now)
    return 0 if done.manifest.is_whole and not done.failed else NOT_ALL


def _show(done: Done) -> None:
    manifest = done.manifest
    for folder in done.folders:
        print(f"\nWritten: {folder}")
    width = max(map(len, manifest.parts))
    for name, about in manifest.parts.items():
        print(f"  {name:<{width}}  {about}")
    print(f"Encrypted to: {', '.join(manifest.recipients)}")
    print("Not included:")
    for each in manifest.missing:
        print(f"  {each.what}: {each.why}")
    if manifest.has_wrong_key:
        print(f"warning: {wrong_key()}", file=sys.stderr)
    for line in done.failed:
        print(f"Not written to {line}")


def _remove_outdated(target: Path, stack: str, keep: int | None, keep_days: int | None, now: datetime.datetime) -> None:
    with locked(target, stack):
        # The job in the cluster keeps its own.
        backups = [each for each in backups_in(target, stack) if not each.manifest.has_only_database]
        for backup in outdated(backups, keep=keep, keep_days=keep_days, now=now):
            remove(backup)
            print(f"Removed: {backup.folder}")
