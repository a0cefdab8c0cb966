"""Runs pulumi in the foreground. After an interrupt, pulumi still writes its state and releases its lock."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType

from tooling.processes import spawn


def run_in_foreground(argv: Sequence[str], cwd: Path, environment: Mapping[str, str]) -> int:
    """
    Run it to its end and return its exit code.

    Ctrl-C reaches it from the terminal, and this process sends it an interrupt on SIGTERM. In both cases this process
    waits for its end. If this process is killed, the kernel sends the interrupt.
    """
    with subprocess.Popen(spawn.tethered(argv, None, signal.SIGINT), cwd=cwd, env=dict(environment)) as process:

        def interrupt(number: int, frame: FrameType | None) -> None:
            if number == signal.SIGTERM:
                process.send_signal(signal.SIGINT)

        previous = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            return process.wait()
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)
