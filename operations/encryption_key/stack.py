"""One stack, through the user's own pulumi, backend and settings."""

from __future__ import annotations

import json
import os
import re
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import psutil

from operations.encryption_key.errors import Refused, StepFailed
from operations.programs import find_program
from tooling.private_file import write_private
from tooling.processes.run import Done
from tooling.stack.pulumi import Pulumi, PulumiFailed
from tooling.stack.torn_state import drop_torn_attributes

TORN: Final = "failed to load checkpoint: EOF"
"""Pulumi's error for a file backend whose last write was interrupted."""

LOCKED: Final = ("currently locked by", "Another update is currently in progress")
HOLDER: Final = re.compile(r"created by \S*@(?P<host>\S+) \(pid (?P<pid>\d+)\)")
LOCK_SECONDS: Final = 600.0
"""How long to wait for another pulumi, by default."""
POLL_SECONDS: Final = 2.0

Say = Callable[[str], None]


class Stack:
    """
    :param project: the folder with `Pulumi.yaml`
    :param name: as `pulumi stack ls` shows it
    :param say: shows to the user what this waits for
    :param lock_seconds: how long to wait for another pulumi that works on the stack
    :raises OperationError: pulumi is not on PATH
    """

    def __init__(self, project: Path, name: str, say: Say, lock_seconds: float = LOCK_SECONDS) -> None:
        self.project = project
        self.name = name
        self._say = say
        self._lock_seconds = lock_seconds
        self._pulumi = Pulumi(find_program("pulumi"), os.environ)

    def ask(self, *arguments: str) -> str:
        """
        Run a command that changes nothing, and return its output. It may contain values: never log it.

        :raises PulumiFailed: it ended with an error
        """
        done = self._attempt(arguments)
        if TORN in done.stderr and self._repair():
            done = self._attempt(arguments)
        if done.returncode:
            raise PulumiFailed(arguments, done)
        return done.stdout

    def change(self, log: Path, *arguments: str, given: Path | None = None) -> None:
        """
        Run a command that changes the stack, and append its output, with values masked, to `log`.

        Waits for another pulumi that works on the stack, and releases the lock of one that was killed.

        :param given: the file to read as stdin
        :raises PulumiFailed: it ended with an error
        :raises StepFailed: the stack stays locked
        """
        deadline = time.monotonic() + self._lock_seconds
        reported = repaired = False
        while True:
            done = self._attempt_logged(log, arguments, given)
            if done.returncode == 0:
                return
            if TORN in done.stderr and not repaired:
                repaired = self._repair()
                if repaired:
                    continue
            if not any(words in done.stderr for words in LOCKED):
                raise PulumiFailed(arguments, done)
            if _is_stale(done.stderr):
                self._say("releasing the stack's lock: the pulumi that held it was killed")
                self._attempt_logged(log, ("cancel", "--yes", self.name), None)
                self._forget_pending(log)
                continue
            if time.monotonic() > deadline:
                what = f"Timed out after {self._lock_seconds:.0f} s waiting for the lock of the stack {self.name}"
                fix = f"if no pulumi works on it, run `pulumi cancel --stack {self.name}`; otherwise wait longer with "
                raise StepFailed(what, fix=f"{fix}--lock-seconds")
            if not reported:
                self._say(f"waiting: another pulumi is running on the stack {self.name}")
                reported = True
            time.sleep(POLL_SECONDS)

    def state(self, *, decrypted: bool) -> dict[str, Any]:
        """Return the stack's state; the encrypted form is what `pulumi stack import` takes."""
        state: dict[str, Any] = json.loads(self.ask("stack", "export", *(["--show-secrets"] if decrypted else [])))
        return state

    def _forget_pending(self, log: Path) -> None:
        """Remove operations with an unknown result from the state: the next update finds what they created."""
        state = self.state(decrypted=False)
        if not (state.get("deployment") or {}).pop("pending_operations", None):
            return
        draft = log.with_name("settled.json")
        write_private(draft, json.dumps(state))
        try:
            self.change(log, "stack", "import", "--force", given=draft)
        finally:
            draft.unlink()

    def _repair(self) -> bool:
        """Make a file backend readable after an interrupted write; False for any other backend."""
        answer = self._attempt(("whoami", "--json", "--verbose"))
        url = str(json.loads(answer.stdout).get("url")) if answer.returncode == 0 else ""
        if not url.startswith("file://"):
            return False
        self._say("repairing the backend: a pulumi was killed while it wrote the state")
        drop_torn_attributes(Path(url.removeprefix("file://")).expanduser() / ".pulumi")
        return True

    def _attempt(self, arguments: tuple[str, ...]) -> Done:
        return self._pulumi.attempt(*self._on_stack(arguments), cwd=self.project)

    def _attempt_logged(self, log: Path, arguments: tuple[str, ...], given: Path | None) -> Done:
        return self._pulumi.attempt_logged(log, *self._on_stack(arguments), cwd=self.project, given=given)

    def _on_stack(self, arguments: tuple[str, ...]) -> tuple[str, ...]:
        # `cancel` takes the stack as its argument; `whoami` takes none.
        stack = ("--stack", self.name) if self.name and arguments[0] not in ("cancel", "whoami") else ()
        return ("--color", "never", *arguments, *stack)


def selected_stack(project: Path) -> str:
    """
    Return the name of the stack that pulumi selects by itself.

    :raises Refused: no stack is selected
    """
    try:
        return Stack(project, "", lambda text: None).ask("stack", "--show-name").strip()
    except PulumiFailed as error:
        what = f"No stack is selected in {project}"
        fix = "run `pulumi stack select NAME`, or name the stack with --stack, then run the command again"
        raise Refused(what, found=str(error), fix=fix) from error


def _is_stale(output: str) -> bool:
    """Return whether every holder that a lock names was a process of this machine and has ended."""
    holders = [(found["host"], int(found["pid"])) for found in HOLDER.finditer(output)]
    return bool(holders) and all(host == socket.gethostname() and not psutil.pid_exists(pid) for host, pid in holders)
