"""Measures one command: wall time, memory, and the CPU time of its processes by their role."""

from __future__ import annotations

import subprocess
import threading
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

SAMPLE_SECONDS = 0.05
"""The sampling interval. Work after the last sample of a process is not counted."""


@dataclass(frozen=True)
class Measurement:
    """
    The cost of one command.

    :param wall: seconds
    :param cpu: CPU seconds by role: engine, language host, program, plugins, API server, etcd
    :param peak_memory: the maximum memory of the command's processes, in bytes
    """

    wall: float
    cpu: Mapping[str, float]
    peak_memory: int


def measure(argv: Sequence[str], env: Mapping[str, str], folder: Path, servers: Mapping[str, int]) -> Measurement:
    """
    Run a command to its end.

    :param servers: the pids of long-running processes whose CPU time counts, by role
    :raises RuntimeError: the command failed; its output is in the message
    """
    before = {part: _cpu(psutil.Process(pid)) for part, pid in servers.items()}
    started = time.perf_counter()
    process = subprocess.Popen(
        argv, env=dict(env), cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    watch = _Watch(process.pid)
    watch.start()
    output, _ = process.communicate()
    wall = time.perf_counter() - started
    watch.stop()
    if process.returncode:
        message = f"{' '.join(argv)} ended with {process.returncode}:\n{output.decode(errors='replace')[-4000:]}"
        raise RuntimeError(message)
    cpu = watch.cpu_by_part()
    for part, pid in servers.items():
        cpu[part] = _cpu(psutil.Process(pid)) - before[part]
    return Measurement(wall, cpu, watch.peak_memory)


class _Watch(threading.Thread):
    """Samples a process and its descendants until stopped."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._root = psutil.Process(pid)
        self._done = threading.Event()
        self._cpu: dict[psutil.Process, float] = {}
        self._parts: dict[psutil.Process, str] = {}
        self.peak_memory = 0

    def run(self) -> None:
        while not self._done.wait(SAMPLE_SECONDS):
            self._sample()

    def stop(self) -> None:
        self._done.set()
        self.join()

    def cpu_by_part(self) -> dict[str, float]:
        parts: dict[str, float] = defaultdict(float)
        for process, seconds in self._cpu.items():
            parts[self._parts[process]] += seconds
        return dict(parts)

    def _sample(self) -> None:
        memory = 0
        try:
            processes = [self._root, *self._root.children(recursive=True)]
        except psutil.NoSuchProcess:
            return
        for process in processes:
            try:
                # Read at every sample: right after the fork the command line is still the parent's.
                self._parts[process] = part_of(process.cmdline())
                self._cpu[process] = _cpu(process)
                memory += process.memory_info().rss
            except (psutil.NoSuchProcess, psutil.ZombieProcess):
                self._parts.setdefault(process, "engine")
        self.peak_memory = max(self.peak_memory, memory)


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def part_of(argv: Sequence[str]) -> str:
    """The role of a process, by its command line."""
    line = " ".join(argv)
    if "plugins.language" in line or ("pulumi-language" in line and "exec" not in line):
        return "language host"
    # The language host runs the Infisical provider as a program, by its folder.
    if "plugins." in line or "pulumi-resource" in line or any(Path(argument).name == "infisical" for argument in argv):
        return "plugins"
    return "program" if argv and Path(argv[0]).name.startswith("python") else "engine"
