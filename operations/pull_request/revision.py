"""Writes the files of a revision, or of the working tree, to a folder."""

from __future__ import annotations

import io
import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

from operations.errors import OperationError
from operations.programs import find_program


@dataclass(frozen=True)
class Revision:
    """
    A revision that the user named.

    :param name: as the user wrote it
    :param commit: None for the working tree
    """

    name: str
    commit: str | None


WORKING_TREE = Revision("the working tree", None)


def resolve(repository: Path, name: str) -> Revision:
    """
    Return the commit with this name.

    :param repository: a folder of the repository
    :raises OperationError: there is no such commit
    """
    argv = ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"]
    done = _git(repository, *argv)
    if done.returncode:
        _check_repository(repository)
        what = f"{name!r} is not a commit in {repository}"
        raise OperationError(
            what,
            expected="a branch, a tag or a commit, such as origin/main",
            fix="correct the name; if only a part of the history was fetched, run `git fetch origin main` first",
        )
    return Revision(name, done.stdout.decode().strip())


def write_tree(repository: Path, revision: Revision, folder: Path) -> None:
    """
    Write the project's files to a folder. The repository is only read.

    :param repository: the project's folder in it
    :raises OperationError: git cannot read the files, or a link leads out of the folder
    """
    folder.mkdir(mode=0o700)
    if revision.commit is None:
        _copy_working_tree(repository, folder)
        return
    done = _git(repository, "archive", "--format=tar", revision.commit)
    if done.returncode:
        what = f"git cannot read the files of {revision.name} in {repository}"
        raise OperationError(
            what,
            found=done.stderr.decode().strip(),
            fix="check the repository with `git fsck`, then run the command again",
        )
    try:
        with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
            archive.extractall(folder, filter="data")
    except tarfile.FilterError as error:
        what = f"A file of {revision.name} leads out of the repository; nothing was unpacked"
        raise OperationError(
            what,
            found=str(error),
            expected="links to files of the repository",
            fix="remove the link in that revision",
        ) from error


def _copy_working_tree(repository: Path, folder: Path) -> None:
    done = _git(repository, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    if done.returncode:
        _check_repository(repository)
        what = f"git cannot list the files of {repository}"
        raise OperationError(
            what,
            found=done.stderr.decode().strip(),
            fix="check the repository with `git status`, then run the command again",
        )
    for name in set(done.stdout.decode().split("\0")) - {""}:
        source, target = repository / name, folder / name
        # git also lists files that were removed but not staged.
        if source.is_symlink() or source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target, follow_symlinks=False)


def _check_repository(folder: Path) -> None:
    done = _git(folder, "rev-parse", "--git-dir")
    if done.returncode:
        what = f"{folder} is not in a git repository"
        found = done.stderr.decode().strip()
        raise OperationError(what, found=found, fix="name the project's folder with --repository")


def _git(repository: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    argv = [str(find_program("git")), "-C", str(repository), *arguments]
    return subprocess.run(argv, capture_output=True, check=False)
