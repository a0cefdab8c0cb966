"""
Ends the processes that a killed test run leaves: `python -m tests.guard FOLDER`.

A sandbox outlives the command that starts it, so its processes are not tied to the tests. This process waits until its
stdin closes, which happens even if the test process is killed. Then it kills every process with a record in the folder.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.checkout import CHECKOUT
from tooling.processes import spawn


@contextmanager
def guarded(folder: Path) -> Iterator[None]:
    """Kill the recorded processes in the folder at the end of the block, or when this process ends in it."""
    guard = subprocess.Popen(
        [sys.executable, "-m", "tests.guard", str(folder)],
        cwd=CHECKOUT,
        stdin=subprocess.PIPE,
        # Ctrl-C must not reach it.
        start_new_session=True,
    )
    try:
        yield
    finally:
        guard.communicate()


def recorded(folder: Path) -> list[int]:
    """The running processes with a record in the folder."""
    found = []
    for directory, _, files in os.walk(folder):
        for name in files:
            record = Path(directory, name)
            # Each record is next to its log.
            if record.suffix == ".json" and record.with_suffix(".log").exists():
                with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                    kept = json.loads(record.read_text())
                    if spawn.birth(kept["pid"]) == kept["birth"]:
                        found.append(kept["pid"])
    return found


def main() -> None:
    sys.stdin.buffer.read()
    # Again, because one process may have started a new one.
    while pids := recorded(Path(sys.argv[1])):
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
