"""Puts right what a killed pulumi left behind: its lock on the stack, and creates of which nobody knows the end."""

from __future__ import annotations

import time
from pathlib import Path

from sandbox.controlplane import Kubectl, KubectlError
from sandbox.errors import StackError
from sandbox.stack.locks import locks
from sandbox.stack.pending import pending_creates, refresh_arguments
from sandbox.stack.workspace import PulumiFailed, Workspace
from sandbox.toolchain.progress import Reporter

POLL_SECONDS = 0.2


def release_lock(workspace: Workspace, project_folder: Path, project: str, reporter: Reporter) -> None:
    """Wait for a pulumi that works on the stack; release the lock of one that is gone."""
    told = False
    while held := locks(workspace.state, project, workspace.stack):
        alive = [lock for lock in held if not lock.is_stale]
        if not alive:
            pids = ", ".join(str(lock.pid) for lock in held)
            reporter.say(f"the stack is locked by a pulumi that was killed (process {pids}): releasing it")
            workspace.run("cancel", "--yes", workspace.stack, cwd=project_folder)
            return
        if not told:
            lock = alive[0]
            where = f"process {lock.pid} on {lock.host}"
            reporter.say(f"waiting: pulumi ({where}) works on the stack since {lock.since:%H:%M:%S}")
            told = True
        time.sleep(POLL_SECONDS)


def settle_creates(
    workspace: Workspace, project_folder: Path, checkpoint: Path, kubectl: Kubectl, reporter: Reporter
) -> None:
    """
    Find out what became of creates that were under way: what the cluster has is imported, the rest is begun anew.

    :param checkpoint: the stack's file in the backend
    :raises StackError: that failed
    """
    pending = pending_creates(checkpoint)
    if not pending:
        return

    def exists(api_version: str, kind: str, name: str, namespace: str | None) -> bool:
        group, _, version = api_version.rpartition("/")
        return kubectl.get(f"{kind}.{version}.{group}" if group else kind, name, namespace) is not None

    names = ", ".join(each.urn.rpartition("::")[2] for each in pending)
    reporter.say(f"a killed pulumi was creating {names}: looking what became of it")
    try:
        arguments = refresh_arguments(pending, exists)
        workspace.run("refresh", "--yes", "--skip-preview", *arguments, cwd=project_folder)
    except (PulumiFailed, KubectlError) as error:
        problem = f"{error}\nThe sandbox can be begun anew: make down, then make up."
        raise StackError(problem) from error
