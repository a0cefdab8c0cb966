"""The revision of the program, from git."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from operations.backup.targets.manifest import Missing

REVISION: Final = "program"


def revision_of(project: Path) -> str:
    """The commit that is checked out; empty if it is unknown."""
    return _git(project, "rev-parse", "HEAD")


def remote_of(project: Path) -> str:
    """The address of the repository that the program comes from, without a login; empty if it is unknown."""
    address = urlsplit(_git(project, "remote", "get-url", "origin"))
    if address.scheme in ("http", "https"):
        address = address._replace(netloc=address.netloc.rpartition("@")[2])
    return urlunsplit(address)


def missing_program(project: Path, stack_file: str) -> Missing | None:
    """
    What of the program a backup lacks; None if its revision is all that is needed.

    :param stack_file: its name; the backup has it
    """
    if not revision_of(project):
        return Missing("the program", f"{project} is not in git: keep a copy of it", expected=True)
    if changed := _git(project, "status", "--porcelain", "--", ".", f":(exclude)*{stack_file}"):
        what = f"changes of the program that are not committed ({len(changed.splitlines())})"
        return Missing(what, "only the stack file is in the backup; commit and push the others", expected=True)
    return None


def _git(project: Path, *arguments: str) -> str:
    program = shutil.which("git")
    if program is None:
        return ""
    done = subprocess.run([program, "-C", str(project), *arguments], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""
