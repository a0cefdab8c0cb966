"""One stack, by pulumi's command line: whichever pulumi the owner uses, with the owner's own backend and settings."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from operations.encryption_key.errors import PulumiFailed, Refused
from operations.encryption_key.private_file import open_log, write_durable
from tooling.stack.torn_state import drop_torn_attributes

TORN: Final = "failed to load checkpoint: EOF"
"""What pulumi says of a file backend in which it was killed while it wrote."""

LOCKED: Final = ("currently locked by", "Another update is currently in progress")
HOLDER: Final = re.compile(r"created by \S*@(?P<host>\S+) \(pid (?P<pid>\d+)\)")
LOCK_SECONDS: Final = 600.0
POLL_SECONDS: Final = 2.0
SHOWN_LINES: Final = 25

Say = Callable[[str], None]


class Stack:
    """
    :param project: the folder with `Pulumi.yaml`
    :param name: as `pulumi stack ls` shows it
    :param say: tells the owner what is waited for
    """

    def __init__(self, project: Path, name: str, say: Say) -> None:
        self.project = project
        self.name = name
        self._say = say

    def ask(self, *arguments: str) -> str:
        """
        What a command that changes nothing prints. It may hold values: it is not logged.

        :raises PulumiFailed: it ended with an error
        """
        done = self._asked(arguments)
        if TORN in done.stderr and self._mend():
            done = self._asked(arguments)
        if done.returncode:
            raise self._failed(arguments, done.returncode, done.stderr)
        return done.stdout

    def change(self, log: Path, *arguments: str, given: Path | None = None) -> None:
        """
        Run a command that changes the stack, with what it prints, values masked, at the end of `log`.

        The file is its own: a pulumi whose rotation was killed goes on writing there to its end. One that works on the
        stack is waited for, and the lock of one that was killed is released.

        :param given: a file for its stdin
        :raises PulumiFailed: it ended with an error, or somebody else works on the stack for too long
        """
        deadline = time.monotonic() + LOCK_SECONDS
        told = mended = False
        while True:
            code, said = self._run(log, arguments, given)
            if code == 0:
                return
            if TORN in said and not mended:
                mended = self._mend()
                if mended:
                    continue
            if not any(words in said for words in LOCKED):
                raise self._failed(arguments, code, said)
            if self._is_left_behind(said):
                self._say("releasing the lock of a pulumi that was killed")
                self._run(log, ("cancel", "--yes", self.name), None)
                self._forget_pending(log)
                continue
            if time.monotonic() > deadline:
                message = (
                    f"the stack {self.name} is still locked after {LOCK_SECONDS:.0f} s. If no pulumi works on it any "
                    f"more, run `pulumi cancel --stack {self.name}`; then run the command again."
                )
                raise PulumiFailed(message)
            if not told:
                self._say(f"waiting: another pulumi works on the stack {self.name}")
                told = True
            time.sleep(POLL_SECONDS)

    def state(self, *, decrypted: bool) -> dict[str, Any]:
        """The stack's state; encrypted, it is what `put_back` takes."""
        state: dict[str, Any] = json.loads(self.ask("stack", "export", *(["--show-secrets"] if decrypted else [])))
        return state

    def _forget_pending(self, log: Path) -> None:
        """Drop operations from the state of which nobody knows the end: an update finds what they made."""
        state = self.state(decrypted=False)
        if not (state.get("deployment") or {}).pop("pending_operations", None):
            return
        draft = log.with_name("settled.json")
        write_durable(draft, json.dumps(state).encode())
        try:
            self.change(log, "stack", "import", "--force", given=draft)
        finally:
            draft.unlink()

    def _asked(self, arguments: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self._argv(arguments),
            cwd=self.project,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def _mend(self) -> bool:
        """Make a file backend readable again after a pulumi was killed while it wrote; False where it is no such."""
        answer = self._asked(("whoami", "--json", "--verbose"))
        url = str(json.loads(answer.stdout).get("url")) if answer.returncode == 0 else ""
        if not url.startswith("file://"):
            return False
        self._say("mending what a pulumi that was killed left half written in its backend")
        drop_torn_attributes(Path(url.removeprefix("file://")).expanduser() / ".pulumi")
        return True

    def _argv(self, arguments: tuple[str, ...]) -> list[str]:
        program = shutil.which("pulumi")
        if program is None:
            raise Refused("there is no pulumi on PATH: install it, or source the file that puts it there")
        # `cancel` takes the stack as its argument, and `whoami` none.
        stack = ["--stack", self.name] if self.name and arguments[0] not in ("cancel", "whoami") else []
        return [program, "--non-interactive", "--color", "never", *arguments, *stack]

    def _run(self, log: Path, arguments: tuple[str, ...], given: Path | None) -> tuple[int, str]:
        """The exit code, and what was printed."""
        with open_log(log) as file:
            file.write(f"$ pulumi {' '.join(arguments)}\n".encode())
            file.flush()
            began = file.tell()
            with (given or Path(os.devnull)).open("rb") as stdin:
                code = _wait(
                    subprocess.Popen(self._argv(arguments), cwd=self.project, stdin=stdin, stdout=file, stderr=file)
                )
            file.seek(began)
            return code, file.read().decode(errors="replace")

    def _failed(self, arguments: tuple[str, ...], code: int, said: str) -> PulumiFailed:
        last = "\n".join(f"  {line}" for line in said.strip().splitlines()[-SHOWN_LINES:])
        return PulumiFailed(f"pulumi {' '.join(arguments)} ended with exit code {code}:\n{last}")

    def _is_left_behind(self, said: str) -> bool:
        """Whether every holder that a lock names is a process of this machine that is gone."""
        holders = [(found["host"], int(found["pid"])) for found in HOLDER.finditer(said)]
        return bool(holders) and all(host == socket.gethostname() and not _is_alive(pid) for host, pid in holders)


def selected_stack(project: Path) -> str:
    """
    The name of the stack that pulumi would take.

    :raises PulumiFailed: none is selected
    """
    return Stack(project, "", lambda text: None).ask("stack", "--show-name").strip()


def _wait(process: subprocess.Popen[bytes]) -> int:
    """Its exit code. Ctrl-C reaches it from the terminal: it is left to end in order, and only then are we."""
    interrupted = None
    while True:
        try:
            code = process.wait()
        except KeyboardInterrupt as interrupt:
            interrupted = interrupt
        else:
            break
    if interrupted:
        raise interrupted
    return code


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
