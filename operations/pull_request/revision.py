"""The project as it was at a revision, or as it lies in the working tree, in a folder of its own."""

from __future__ import annotations

import io
import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

from operations.errors import OperationError


@dataclass(frozen=True)
class Revision:
    """
    What the user named.

    :param name: as given; "the working tree" where nothing was
    :param commit: None for the working tree
    """

    name: str
    commit: str | None


WORKING_TREE = Revision("the working tree", None)


def resolve(repository: Path, name: str) -> Revision:
    """
    The commit that a name means.

    :param repository: a folder of it
    :raises OperationError: it means none
    """
    argv = ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"]
    done = _git(repository, *argv)
    if done.returncode:
        problem = (
            f"{name!r} is no commit of the repository at {repository}. Name a branch, a tag or a commit, such as "
            "BASE=origin/main; where only a part of the history was fetched, run `git fetch origin main` first."
        )
        raise OperationError(problem)
    return Revision(name, done.stdout.decode().strip())


def write_tree(repository: Path, revision: Revision, folder: Path) -> None:
    """
    Put the project's files into a folder; the repository is only read.

    :param repository: the project's folder in it
    :raises OperationError: git cannot give them, or one of them leads out of the folder
    """
    folder.mkdir(mode=0o700)
    if revision.commit is None:
        _copy_working_tree(repository, folder)
        return
    done = _git(repository, "archive", "--format=tar", revision.commit)
    if done.returncode:
        problem = f"git archive of {revision.name} in {repository} failed: {done.stderr.decode().strip()}"
        raise OperationError(problem)
    try:
        with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
            archive.extractall(folder, filter="data")
    except tarfile.FilterError as error:
        problem = f"{revision.name} holds a file that leads out of its folder, so it was not unpacked: {error}"
        raise OperationError(problem) from error


def _copy_working_tree(repository: Path, folder: Path) -> None:
    done = _git(repository, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    if done.returncode:
        problem = f"{repository} is no folder of a git repository: {done.stderr.decode().strip()}"
        raise OperationError(problem)
    for name in set(done.stdout.decode().split("\0")) - {""}:
        source, target = repository / name, folder / name
        # What was removed and not yet staged is listed all the same.
        if source.is_symlink() or source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target, follow_symlinks=False)


def _git(repository: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(["git", "-C", str(repository), *arguments], capture_output=True, check=False)
    except FileNotFoundError as error:
        problem = "git is not on PATH: install it, then run the command again"
        raise OperationError(problem) from error
