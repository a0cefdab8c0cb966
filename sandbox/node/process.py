"""Starts and stops the fake node's process."""

from __future__ import annotations

import sys
from pathlib import Path

from tooling.processes.process import Process

NAME = "fake-node"
MAIN = Path(__file__).with_name("__main__.py")


class Node:
    """
    One fake node of one control plane.

    :param directory: of its record and its log
    :param kubeconfig: of the cluster
    :param tethered: it ends with this process; otherwise it runs until `stop`
    """

    def __init__(self, directory: Path, kubeconfig: Path, *, tethered: bool = False) -> None:
        self._kubeconfig = kubeconfig.absolute()
        self._process = Process(NAME, directory.absolute(), tethered=tethered)

    @property
    def pid(self) -> int | None:
        """None if it does not run."""
        return self._process.pid

    @property
    def log(self) -> Path:
        return self._process.log

    def start(self) -> bool:
        """
        Start it unless it runs. True when it was started.

        Does not wait: the node registers when the API server answers, and pods wait for it.
        """
        return self._process.start([sys.executable, str(MAIN), f"--kubeconfig={self._kubeconfig}"])

    def stop(self, *, kill: bool = False) -> bool:
        """Stop it; its Node and the pods do not change. True if it ran."""
        ran = self.pid is not None
        self._process.stop(kill=kill)
        return ran
