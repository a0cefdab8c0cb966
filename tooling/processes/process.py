"""A process that may outlive its command. Its pid and start time identify it, because pids are reused."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tooling.errors import StartError
from tooling.processes import spawn

LOG_LINES = 20
POLL_SECONDS = 0.01
STOP_SECONDS = 15.0

_CHILDREN: list[subprocess.Popen[bytes]] = []
"""The children that may still run: they outlive their `Process`, and Python warns about a forgotten child."""


@dataclass(frozen=True)
class Record:
    """What was started; `birth` distinguishes the process from a later one with the same pid."""

    pid: int
    birth: str
    argv: tuple[str, ...]


class Process:
    """
    One long-running program with a record and a log in `directory`.

    :param name: of the part, and of its files
    :param directory: contains `NAME.json` (the record) and `NAME.log`
    :param tethered: the program ends with this process, even if this process is killed; otherwise it runs until `stop`
    :param ending: the signal with which `stop` asks it to end
    """

    def __init__(self, name: str, directory: Path, *, tethered: bool, ending: signal.Signals = signal.SIGTERM) -> None:
        self.name = name
        self.log = directory / f"{name}.log"
        self._argv: tuple[str, ...] = ()
        self._record = directory / f"{name}.json"
        self._tethered = tethered
        self._ending_signal = ending
        self._child: subprocess.Popen[bytes] | None = None
        self._exit_code: int | None = None

    def running(self) -> Record | None:
        """Return the record of the process; None if it does not run."""
        try:
            kept = json.loads(self._record.read_text())
            record = Record(kept["pid"], kept["birth"], tuple(kept["argv"]))
        except (FileNotFoundError, ValueError, KeyError):
            return None
        self._reap()
        return record if spawn.birth(record.pid) == record.birth else None

    @property
    def pid(self) -> int | None:
        """None if it does not run."""
        record = self.running()
        return record.pid if record else None

    def start(self, argv: Sequence[str], variables: Mapping[str, str] | None = None) -> bool:
        """
        Start it unless it runs with these arguments; with other arguments it is stopped first. True when started.

        :param argv: the program's absolute path and its arguments
        :param variables: added to its environment; a change of them does not restart it
        """
        self._argv = tuple(argv)
        record = self.running()
        if record is not None and record.argv == self._argv:
            return False
        self.stop()
        self._record.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        start = spawn.tethered if self._tethered else spawn.command_line
        self._exit_code = None
        with self.log.open("wb") as log:
            self._child = subprocess.Popen(
                start(self._argv, self._record),
                env={**os.environ, **(variables or {})},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        _CHILDREN[:] = [*(child for child in _CHILDREN if child.poll() is None), self._child]
        while self.running() is None and not self._ended():
            time.sleep(POLL_SECONDS)
        return True

    def wait_until(self, ready: Callable[[], bool], what: str, seconds: float) -> None:
        """
        Wait for `ready`.

        :param what: the expected state, such as `healthy`
        :raises StartError: the process ended, or it timed out
        """
        deadline = time.monotonic() + seconds
        while not ready():
            late = f"timed out after {seconds:.0f} s; expected: {what}" if time.monotonic() > deadline else None
            ended = f"it ended {self._ending()}before it was {what}" if self._ended() else None
            if reason := ended or late:
                raise self.failure(reason)
            time.sleep(POLL_SECONDS)

    def failure(self, reason: str) -> StartError:
        """Return the error for this process, with its command line and its last output."""
        return StartError(self.name, reason, self._argv, self.last_lines())

    def last_lines(self) -> list[str]:
        try:
            return self.log.read_text(errors="replace").splitlines()[-LOG_LINES:]
        except FileNotFoundError:
            return []

    def said(self, words: str) -> bool:
        """Whether its log contains these words."""
        try:
            return words in self.log.read_text(errors="replace")
        except FileNotFoundError:
            return False

    def stop(self, *, kill: bool = False) -> None:
        """Stop it and wait for its end; does nothing if it does not run. With `kill`, only SIGKILL is sent."""
        for number in [signal.SIGKILL] if kill else [self._ending_signal, signal.SIGKILL]:
            if self._ended():
                break
            self._signal(number)
            self._wait_for_end(STOP_SECONDS)
        self._record.unlink(missing_ok=True)

    def _ended(self) -> bool:
        """Whether neither the program runs nor, before the record is written, `spawn.py`."""
        self._reap()
        return self._child is None and self.running() is None

    def _reap(self) -> None:
        """Forget a child that has ended: another command may have started a new process since."""
        if self._child is not None and self._child.poll() is not None:
            self._exit_code, self._child = self._child.returncode, None

    def _ending(self) -> str:
        return "" if self._exit_code is None else f"with exit code {self._exit_code} "

    def _wait_for_end(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not self._ended() and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)

    def _signal(self, number: signal.Signals) -> None:
        if self._child is not None:
            self._child.send_signal(number)
        elif record := self.running():
            _signal_if_same(record, number)


def _signal_if_same(record: Record, number: signal.Signals) -> None:
    """Signal only the recorded process: a descriptor holds the pid while its birth is compared."""
    if not hasattr(os, "pidfd_open"):
        os.kill(record.pid, number)
        return
    try:
        held = os.pidfd_open(record.pid)
    except ProcessLookupError:
        return
    try:
        if spawn.birth(record.pid) == record.birth:
            signal.pidfd_send_signal(held, number)
    except ProcessLookupError:
        pass
    finally:
        os.close(held)
