"""Starts and stops the fake node's process."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from sandbox.controlplane.certs import KubeletCertificates
from sandbox.controlplane.ports import keep_port
from sandbox.node.runs import Runs
from tooling.processes.family import kill_family
from tooling.processes.process import Process

NAME = "fake-node"
MAIN = Path(__file__).with_name("__main__.py")


class Node:
    """
    One fake node of one control plane.

    :param directory: of its record, its log and its port
    :param kubeconfig: of the cluster
    :param certificates: of the control plane, for its kubelet
    :param containers: what runs on this machine, by `NAMESPACE/CONTAINER`; asked at each start
    :param tethered: it ends with this process; otherwise it runs until `stop`
    """

    def __init__(
        self,
        directory: Path,
        kubeconfig: Path,
        certificates: KubeletCertificates,
        containers: Callable[[], Mapping[str, Runs]] = dict,
        *,
        tethered: bool = False,
    ) -> None:
        self._directory = directory.absolute()
        self._kubeconfig = kubeconfig.absolute()
        self._certificates = certificates
        self._containers = containers
        self._process = Process(NAME, self._directory, tethered=tethered)

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
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        port = keep_port(self._directory / "port", is_ours=self.pid is not None)
        containers = {place: runs.to_json() for place, runs in sorted(self._containers().items())}
        return self._process.start(
            [
                sys.executable,
                str(MAIN),
                f"--kubeconfig={self._kubeconfig}",
                f"--port={port}",
                f"--authority={self._certificates.ca}",
                f"--certificate={self._certificates.kubelet}",
                f"--key={self._certificates.kubelet_key}",
                f"--containers={json.dumps(containers)}",
            ]
        )

    def stop(self, *, kill: bool = False) -> bool:
        """Stop it, and the commands in its pods; its Node and the pods do not change. True if it ran."""
        pid = self.pid
        if kill and pid is not None:
            kill_family(pid)
        self._process.stop(kill=kill)
        return pid is not None
