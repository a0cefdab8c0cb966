"""Writes a backup: reads everything first, encrypts it into drafts, and gives the complete folders their names."""

from __future__ import annotations

import contextlib
import datetime
import io
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from declaration import Homelab
from operations.backup.keys.encryption import encrypt
from operations.backup.keys.recipients import Recipients
from operations.backup.parts.contents import (
    ENCRYPTION_KEY,
    bootstrap_of,
    bootstrap_part,
    missing_keys,
    missing_values,
    stack_file,
    stack_file_part,
    state_part,
    values_part,
)
from operations.backup.parts.database import PART, back_up_database, check_key, versions, why_not
from operations.backup.parts.dump import opening
from operations.backup.parts.program import REVISION, missing_program, revision_of
from operations.backup.targets.folders import check_target, complete, draft, locked, name_of
from operations.backup.targets.manifest import FILE, Manifest, Missing, checksum
from operations.encryption_key.cluster import cluster_of
from operations.encryption_key.context import kubernetes_of
from operations.encryption_key.journal import latest
from operations.errors import OperationError
from operations.stack import Stack
from operations.state import current_resources
from operations.values.access.login import find_access
from operations.values.access.server import Infisical
from tooling.private_file import write_private

NOTHING: Final = "not proven: this backup has no ENCRYPTION_KEY"


@dataclass(frozen=True)
class Job:
    """
    :param targets: folders that exist
    :param database: whether to dump the database
    """

    project: Path
    stack: str
    homelab: Homelab[None]
    targets: tuple[Path, ...]
    recipients: Recipients
    database: bool


@dataclass(frozen=True)
class Done:
    """
    :param folders: the complete backups
    :param failed: why a further target has none
    """

    manifest: Manifest
    folders: tuple[Path, ...]
    failed: tuple[str, ...]


def back_up(job: Job, now: datetime.datetime, say: Callable[[str], None]) -> Done:
    """
    Write one backup to every target.

    :raises OperationError: nothing was written
    """
    for target in job.targets:
        check_target(target)
    _check_no_rotation(job)
    name = name_of(job.stack, now)
    with contextlib.ExitStack() as stack:
        for target in job.targets:
            stack.enter_context(locked(target, job.stack))
        drafts = [stack.enter_context(draft(target, name)) for target in job.targets]
        manifest = _fill(drafts[0], job, now, say)
        folders, failed = _complete(drafts, name)
    return Done(manifest, tuple(folders), tuple(failed))


def _fill(folder: Path, job: Job, now: datetime.datetime, say: Callable[[str], None]) -> Manifest:
    stack = Stack(job.project, job.stack)
    say("reading the stack's state")
    state = stack.state()
    resources = current_resources(stack.state(decrypted=True))
    bootstrap = bootstrap_of(resources)
    say("reading the values in Infisical")
    infisical = Infisical(find_access(job.homelab, lambda: stack, None, os.environ), job.homelab)
    everything = infisical.everything()
    parts = [
        bootstrap_part(bootstrap),
        values_part(everything),
        state_part(state),
        stack_file_part(job.project, job.stack),
    ]
    names = [name for part in parts for name in encrypt(io.BytesIO(part.content), folder, part.name, job.recipients)]
    about = {part.name: part.about for part in parts}
    known = {
        REVISION: revision_of(job.project) or "unknown",
        "chart": job.homelab.infisical.chart_version if job.homelab.infisical.is_installed else "",
    }
    missing = [*_missing(job, bootstrap), *missing_values(everything)]
    proof = ""
    if not (left_out := why_not(job.homelab.infisical, wanted=job.database)):
        say("dumping Infisical's database")
        kubeconfig, context = kubernetes_of(resources)
        with cluster_of(kubeconfig, context, job.homelab.argocd.namespace, 0) as cluster:
            key = bootstrap.get(ENCRYPTION_KEY, "")
            if key:
                check_key(cluster, key)
            written, check = back_up_database(cluster, job.homelab.infisical, folder, job.recipients)
            known |= versions(cluster.kubectl)
        names += written
        proof = check.opened_with(key) if key else NOTHING
        about[PART] = f"Infisical's database; {opening(proof)}"
    else:
        missing.append(left_out)
    manifest = Manifest(
        stack=job.stack,
        created=now,
        files={name: checksum(folder / name) for name in names},
        parts=about,
        bootstrap=tuple(bootstrap),
        recipients=job.recipients.shown,
        versions={name: version for name, version in known.items() if version},
        missing=tuple(missing),
        key_opens_database=proof,
    )
    write_private(folder / FILE, manifest.to_json())
    return manifest


def _missing(job: Job, bootstrap: dict[str, str]) -> Iterator[Missing]:
    yield from missing_keys(bootstrap, job.homelab.infisical)
    yield Missing("the stack's passphrase", "it opens the state; keep it in another place", expected=True)
    if program := missing_program(job.project, stack_file(job.stack)):
        yield program


def _complete(drafts: Sequence[Path], name: str) -> tuple[list[Path], list[str]]:
    """
    One broken target does not take the backup from the others.

    :raises OperationError: no target has it
    """
    folders: list[Path] = []
    failed: list[str] = []
    # The original last: the others are copied from it.
    for folder in (*drafts[1:], drafts[0]):
        try:
            if folder != drafts[0]:
                _copy(drafts[0], folder)
            folders.append(complete(folder, name))
        except (OSError, OperationError) as error:
            failed.append(f"{folder.parent}: {getattr(error, 'strerror', None) or error}")
    if not folders:
        raise OperationError("No target has the backup", found="\n".join(failed), fix="correct that, then run it again")
    return folders, failed


def _copy(original: Path, copy: Path) -> None:
    for file in sorted(original.iterdir()):
        shutil.copyfile(file, copy / file.name)
        (copy / file.name).chmod(0o600)
        if checksum(copy / file.name) != checksum(file):
            what = f"{copy / file.name} differs from the original"
            raise OperationError(what, fix="check the disk")


def _check_no_rotation(job: Job) -> None:
    record = latest(job.project, job.stack)
    if record and record.is_in_progress:
        what = f"A rotation of ENCRYPTION_KEY of the stack {job.stack} is in progress"
        fix = "complete it or go back with --undo, then run the command again"
        raise OperationError(what, expected="one key for the backup and its database", fix=fix)
