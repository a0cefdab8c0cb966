"""Puts right what a killed pulumi left behind: its lock on the stack, and creates of which nobody knows the end."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

from tooling.stack.locks import lock_folder, locks
from tooling.stack.torn_state import drop_torn_attributes
from tooling.stack.workspace import Workspace
from tooling.toolchain.progress import Reporter

POLL_SECONDS = 0.2


def release_lock(workspace: Workspace, project_folder: Path, project: str, reporter: Reporter) -> None:
    """Wait for a pulumi that works on the stack; release the lock of one that is gone."""
    told = False
    while held := locks(lock_folder(workspace.state, project, workspace.stack)):
        alive = [lock for lock in held if not lock.is_stale]
        if not alive:
            pids = ", ".join(str(lock.pid) for lock in held)
            reporter.say(f"the stack is locked by a pulumi that was killed (process {pids}): releasing it")
            drop_torn_attributes(workspace.state)
            workspace.run("cancel", "--yes", workspace.stack, cwd=project_folder)
            return
        if not told:
            lock = alive[0]
            where = f"process {lock.pid} on {lock.host}"
            reporter.say(f"waiting: pulumi ({where}) works on the stack since {lock.since:%H:%M:%S}")
            told = True
        time.sleep(POLL_SECONDS)


def end_holders(state: Path, reporter: Reporter) -> None:
    """Interrupt every pulumi that works on a backend which is to be removed, and wait until it has ended."""
    for lock in locks(lock_folder(state)):
        if lock.is_here and not lock.is_stale:
            reporter.say(f"ending pulumi (process {lock.pid}), which works on the stack")
            os.kill(lock.pid, signal.SIGINT)
            while not lock.is_stale:
                time.sleep(POLL_SECONDS)


def pending_creates(checkpoint: Path) -> list[str]:
    """
    The URNs of creates that were begun and whose end was not recorded.

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
    Drop such creates from the state, or pulumi warns of them for ever; the next `up` adopts what they made.

    :param checkpoint: the stack's file in the backend
    """
    if pending := pending_creates(checkpoint):
        names = ", ".join(urn.rpartition("::")[2] for urn in pending)
        reporter.say(f"a killed pulumi was creating {names}: beginning anew with it")
        workspace.run("refresh", "--yes", "--skip-preview", "--clear-pending-creates", cwd=project_folder)
