"""
A process leaves its record before it becomes the program: `python spawn.py RECORD PARENT PROGRAM ARGUMENT…`.

The record (pid, birth, argv) is on disk before the program runs, so a command that is killed at any moment
leaves no process that nobody knows of. With PARENT not 0 the program ends when that process ends, however it ends.

Only the standard library: this file is run with `-I -S`, so that it costs a few milliseconds.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1


def birth(pid: int) -> str | None:
    """When the process was born, in a form that no later process of the same pid has; None when there is none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        return None if Path("/proc/self/stat").exists() else _birth_by_ps(pid)
    # The second field is the program's name in parentheses, and may itself hold spaces and parentheses.
    fields = stat.rpartition(")")[2].split()
    state, threads, start_ticks = fields[0], int(fields[17]), fields[19]
    # A first thread that has ended while others have not still holds the process's ports and locks.
    return None if state in "ZX" and threads <= 1 else f"{boot}:{start_ticks}"


def _birth_by_ps(pid: int) -> str | None:
    shown = subprocess.run(["ps", "-o", "lstart=,stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    *when, state = shown.stdout.split() or ["Z"]
    return None if state.startswith("Z") else " ".join(when)


def write_record(path: Path, pid: int, argv: list[str]) -> None:
    """Write the record whole or not at all."""
    draft = path.with_name(f"{path.name}.{pid}")
    draft.write_text(json.dumps({"pid": pid, "birth": birth(pid), "argv": argv}))
    draft.replace(path)


def end_with(parent: int) -> None:
    """Ask the kernel to kill this process when its parent ends; a kernel that cannot is left alone."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("the process that asked for this one has ended")


def main() -> None:
    record, parent, argv = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    if parent:
        end_with(parent)
    write_record(record, os.getpid(), argv)
    os.execv(argv[0], argv)


if __name__ == "__main__":
    main()
