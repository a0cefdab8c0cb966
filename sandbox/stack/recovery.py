"""Recovery after a killed pulumi: releases its lock on the stack and drops its pending creates."""

from __future__ import annotations

import json
import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from tooling.processes.family import kill_family
from tooling.stack.locks import Lock, lock_folder, locks
from tooling.stack.torn_state import drop_torn_attributes
from tooling.stack.workspace import Workspace
from tooling.toolchain.progress import Reporter

POLL_SECONDS = 0.2

END_SECONDS: Final = 60.0
"""How long an interrupted pulumi may take to end, before it is killed."""


def release_lock(workspace: Workspace, project_folder: Path, project: str, reporter: Reporter) -> None:
    """Wait for a running pulumi; release the lock of a dead one."""
    reported = False
    while held := locks(lock_folder(workspace.state, project, workspace.stack)):
        alive = [lock for lock in held if not lock.is_stale]
        if not alive:
            pids = ", ".join(str(lock.pid) for lock in held)
            reporter.say(f"the stack is locked by a killed pulumi (process {pids}): releasing the lock")
            drop_torn_attributes(workspace.state)
            workspace.run("cancel", "--yes", workspace.stack, cwd=project_folder)
            return
        if not reported:
            lock = alive[0]
            where = f"process {lock.pid} on {lock.host}"
            reporter.say(f"waiting: pulumi ({where}) has locked the stack since {lock.since:%H:%M:%S}")
            reported = True
        time.sleep(POLL_SECONDS)


def end_holders(state: Path, reporter: Reporter, longest: float = END_SECONDS) -> None:
    """
    End every pulumi that uses a backend, before the removal of the backend.

    :param longest: seconds from the interrupt until it is killed
    """
    for lock in locks(lock_folder(state)):
        if lock.is_here and not lock.is_stale:
            reporter.say(f"stopping pulumi (process {lock.pid}), which has locked the stack")
            with suppress(ProcessLookupError):
                os.kill(lock.pid, signal.SIGINT)
            deadline = time.monotonic() + longest
            while not lock.is_stale and time.monotonic() < deadline:
                time.sleep(POLL_SECONDS)
            if not lock.is_stale:
                reporter.say(f"pulumi (process {lock.pid}) did not end within {longest:g} s: killing it")
                _kill(lock)


def _kill(lock: Lock) -> None:
    """Kill the holder and its plugins, which outlive a killed pulumi."""
    kill_family(lock.pid)
    while not lock.is_stale:
        time.sleep(POLL_SECONDS)


def pending_creates(checkpoint: Path) -> list[str]:
    """
    The URNs of creates that started but whose result was not recorded.

    :param checkpoint: the stack's file in the backend
    """
    try:
        content = json.loads(checkpoint.read_text())
    except FileNotFoundError:
        return []
    latest = content.get("checkpoint", {}).get("latest") or {}
    operations = latest.get("pending_operations") or []
    return [operation["resource"]["urn"] for operation in operations if operation["type"] == "creating"]


def forget_creates(workspace: Workspace, project_folder: Path, checkpoint: Path, reporter: Reporter) -> None:
    """
    Drop pending creates from the state, or pulumi warns about them on every run. The next `up` adopts their objects.

    :param checkpoint: the stack's file in the backend
    """
    if pending := pending_creates(checkpoint):
        names = ", ".join(urn.rpartition("::")[2] for urn in pending)
        reporter.say(f"a killed pulumi was creating {names}: creating again")
        workspace.run("refresh", "--yes", "--skip-preview", "--clear-pending-creates", cwd=project_folder)
