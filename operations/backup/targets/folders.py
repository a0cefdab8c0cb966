"""The folders that hold backups. A backup gets its name when it is complete, and loses it before it is removed."""

from __future__ import annotations

import contextlib
import datetime
import fcntl
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from operations.backup.targets.manifest import FILE, Manifest, read_manifest
from operations.errors import OperationError

NAME: Final = "%Y%m%dT%H%M%SZ"
PARTIAL: Final = ".partial"


@dataclass(frozen=True)
class Backup:
    """A complete backup."""

    folder: Path
    manifest: Manifest


def name_of(stack: str, created: datetime.datetime) -> str:
    return f"{_short(stack)}-{created.strftime(NAME)}"


def check_target(target: Path, *, write: bool = True) -> None:
    """
    :param write: whether it must be possible to write there
    :raises OperationError: it is not such a folder
    """
    what = f"Backups cannot be {'written to' if write else 'read in'} {target}"
    if not target.is_dir():
        # A disk that is not mounted must not be replaced by a new folder.
        fix = "mount the disk or create the folder, then run the command again"
        raise OperationError(what, found="no such folder", expected="an existing folder", fix=fix)
    if not os.access(target, os.X_OK | (os.W_OK if write else os.R_OK)):
        raise OperationError(what, found="no right to do so", fix="correct its mode, then run the command again")


@contextlib.contextmanager
def locked(target: Path, stack: str) -> Iterator[None]:
    """
    Keep other backups of the stack out of the target, and remove what a killed one left there.

    :raises OperationError: another backup is running
    """
    descriptor = os.open(target / f".{_short(stack)}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for left in target.iterdir():
            if re.fullmatch(rf"\.{re.escape(_short(stack))}-\d{{8}}T\d{{6}}Z{re.escape(PARTIAL)}", left.name):
                shutil.rmtree(left)
        yield
    except BlockingIOError:
        what = f"Another backup of the stack {stack} to {target} is running"
        raise OperationError(what, fix="wait until it has ended, then run the command again") from None
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def draft(target: Path, name: str) -> Iterator[Path]:
    """A new folder for a backup that is not complete; removed after the block unless it was completed."""
    folder = target / f".{name}{PARTIAL}"
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        if folder.exists():
            shutil.rmtree(folder)


def complete(folder: Path, name: str) -> Path:
    """
    Give a draft its name.

    :raises OperationError: the name is taken
    """
    final = folder.with_name(name)
    if final.exists():
        what = f"{final} exists"
        raise OperationError(what, fix="run the command again")
    _sync(folder)
    folder.rename(final)
    _sync(final.parent)
    return final


def remove(backup: Backup) -> None:
    """Remove a backup; a killed removal leaves nothing that looks complete."""
    leaving = backup.folder.with_name(f".{backup.folder.name}{PARTIAL}")
    backup.folder.rename(leaving)
    shutil.rmtree(leaving)


def backups_in(target: Path, stack: str | None = None) -> list[Backup]:
    """
    The complete backups, the newest last. Folders that are no backup are skipped.

    :param stack: only its backups; None for those of all stacks
    """
    found: list[Backup] = []
    for folder in target.iterdir():
        if not re.fullmatch(r"[^.].*-\d{8}T\d{6}Z", folder.name) or not folder.is_dir():
            continue
        with contextlib.suppress(OperationError):
            manifest = read_manifest(folder)
            if stack is None or manifest.stack == stack:
                found.append(Backup(folder, manifest))
    return sorted(found, key=lambda each: each.manifest.created)


def of_one_kind(backups: Sequence[Backup]) -> list[Backup]:
    """
    Those with more than the database, if there are any: the job in the cluster writes more often, and less.
    """
    return [each for each in backups if not each.manifest.has_only_database] or list(backups)


def chosen(folder: Path) -> Path:
    """
    The backup that a folder is, or the newest one in it.

    :raises OperationError: the folder has no complete backup
    """
    if (folder / FILE).exists() or not folder.is_dir():
        return folder
    backups = of_one_kind(backups_in(folder))
    if not backups:
        what, fix = f"{folder} has no complete backup", "name the folder of a backup, or a folder of backups"
        raise OperationError(what, found=f"no folder with {FILE}", fix=fix)
    return backups[-1].folder


def _short(stack: str) -> str:
    return stack.rpartition("/")[2]


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
