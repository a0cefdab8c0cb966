"""The programs that only the tests run."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Final

from tooling.toolchain.build import build_missing, built
from tooling.toolchain.cache import cache_root
from tooling.toolchain.chromium import can_run_the_pinned_one, chromium_version, ensure_chromium, find_chromium
from tooling.toolchain.golang import find_go
from tooling.toolchain.npm import find_npm
from tooling.toolchain.pins import AGE, CHROMIUM, HELM, PROMTOOL, RCLONE, S3_SERVER, Program
from tooling.toolchain.progress import Reporter
from tooling.toolchain.tools import BUILT, Tool

OF_BACKUPS: Final = (AGE, RCLONE, S3_SERVER)
"""The programs of the job in the cluster, and where it uploads to."""
FETCHED: Final = "from the npm registry"


def ensure_built(program: Program, reporter: Reporter) -> Tool:
    """
    Build one of them. Installed ones are not used, so that each machine tests the same version.

    :raises ToolError: it is not available
    """
    root = cache_root()
    build_missing(root, [program], functools.partial(find_go, root, reporter), reporter)
    return Tool(program.name, built(root, program), program.version, BUILT)


def ensure_backup_programs(reporter: Reporter) -> Path:
    """
    The folder with age, rclone and an S3 server.

    :raises ToolError: one is not available
    """
    age, *_ = (ensure_built(program, reporter) for program in OF_BACKUPS)
    return age.path.parent


def ensure_browser(reporter: Reporter) -> Tool | None:
    """
    Find or fetch a Chromium; None if none is installed, and the pinned one does not run on this kind of machine.

    :raises ToolError: it cannot be fetched
    """
    root = cache_root()
    installed = find_chromium()
    if installed:
        return Tool("chromium", installed, chromium_version(installed) or "", "installed, from PATH")
    if not can_run_the_pinned_one():
        return None
    path = ensure_chromium(root, CHROMIUM, functools.partial(find_npm, root, reporter), reporter)
    return Tool("chromium", path, chromium_version(path) or "", FETCHED)


def ensure_test_tools(reporter: Reporter) -> list[Tool]:
    """
    All of them.

    :raises ToolError: one is not available
    """
    built_ones = [ensure_built(program, reporter) for program in (HELM, PROMTOOL, *OF_BACKUPS)]
    browser = ensure_browser(reporter)
    return [*built_ones, *([browser] if browser else [])]
