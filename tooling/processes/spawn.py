"""
Starts a program with a record and tied to its parent: `python spawn.py RECORD PARENT SIGNAL PROGRAM ARGUMENT…`.

The record (pid, birth, argv) is on disk before the program runs: a command that is killed at any moment leaves no
unknown process. An empty RECORD writes none. If PARENT is not 0, the kernel sends SIGNAL to the program when that
process ends, even if it is killed.

Only the standard library: this file runs with `-I -S`, so it takes a few milliseconds.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

PR_SET_PDEATHSIG = 1


def birth(pid: int) -> str | None:
    """Return when the process started, which differs for a later process with the same pid; None if not found."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        return None if Path("/proc/self/stat").exists() else _birth_by_ps(pid)
    # The second field is the program's name in parentheses, which may contain spaces and parentheses.
    fields = stat.rpartition(")")[2].split()
    state, threads, start_ticks = fields[0], int(fields[17]), fields[19]
    # A process whose first thread has ended, but not the others, still has its ports and locks.
    return None if state in "ZX" and threads <= 1 else f"{boot}:{start_ticks}"


def _birth_by_ps(pid: int) -> str | None:
    shown = subprocess.run(["ps", "-o", "lstart=,stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    *when, state = shown.stdout.split() or ["Z"]
    return None if state.startswith("Z") else " ".join(when)


def write_record(path: Path, pid: int, argv: list[str]) -> None:
    """Write the record completely or not at all."""
    draft = path.with_name(f"{path.name}.{pid}")
    draft.write_text(json.dumps({"pid": pid, "birth": birth(pid), "argv": argv}))
    draft.replace(path)


def end_with(parent: int, number: int) -> None:
    """Ask the kernel to send the signal to this process when its parent ends. Only Linux can."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number)
    if os.getppid() != parent:
        sys.exit("the parent process has ended")


def tethered(argv: Sequence[str], record: Path | None, number: signal.Signals = signal.SIGKILL) -> list[str]:
    """
    Return the command line that starts a program tied to this process.

    :param record: the file that receives its pid; None for none
    :param number: the signal that it receives when this process ends
    """
    return command_line(argv, record, os.getpid(), number)


def command_line(
    argv: Sequence[str], record: Path | None, parent: int = 0, number: signal.Signals = signal.SIGKILL
) -> list[str]:
    """
    Return the command line that starts a program with a record.

    :param parent: the process that it ends with; 0 for none
    """
    return [sys.executable, "-I", "-S", __file__, str(record or ""), str(parent), str(int(number)), *argv]


def main() -> None:
    record, parent, number, *argv = sys.argv[1:]
    # An interrupt in these milliseconds must not print a traceback.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    if int(parent):
        end_with(int(parent), int(number))
    if record:
        write_record(Path(record), os.getpid(), argv)
    os.execv(argv[0], argv)


if __name__ == "__main__":
    main()
