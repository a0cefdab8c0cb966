"""Kills a process with all its descendants."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Final

import psutil

POLL_SECONDS: Final = 0.01


def kill_family(pid: int) -> None:
    """
    Kill a process and its descendants, also those in process groups of their own, and wait for their end.

    All are stopped first: a running process could start a new one.
    """
    family: list[psutil.Process] = []
    while found := [each for each in _family(pid) if each not in family]:
        for each in found:
            with suppress(psutil.NoSuchProcess):
                each.suspend()
        family += found
    for each in family:
        with suppress(psutil.NoSuchProcess):
            each.kill()
    # Not until each is reaped: that is up to its parent, which may be a process of somebody else.
    while any(map(_runs, family)):
        time.sleep(POLL_SECONDS)


def _family(pid: int) -> list[psutil.Process]:
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    return []


def _runs(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False
