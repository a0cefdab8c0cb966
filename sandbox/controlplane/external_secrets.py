"""
The External Secrets Operator as a process beside the cluster, with the admin's kubeconfig.

It needs its definitions when it starts. Each ExternalSecret has a finalizer of the operator: one that is deleted
while the operator is stopped stays until it runs again.
"""

from __future__ import annotations

from pathlib import Path

from tooling.processes.process import Process

NAME = "external-secrets"
START_SECONDS = 60.0

# The controller that starts last.
_AT_WORK = '"msg":"Starting workers","controller":"externalsecret"'


class Operator:
    """
    One operator for one control plane.

    :param directory: of its record and its log
    :param program: the operator's binary
    :param kubeconfig: of the cluster
    :param tethered: it ends when this process ends, however it ends; otherwise it stays until `stop`
    """

    def __init__(self, directory: Path, program: Path, kubeconfig: Path, *, tethered: bool = False) -> None:
        self._program = program
        self._kubeconfig = kubeconfig
        self._process = Process(NAME, directory.absolute(), tethered=tethered)

    @property
    def pid(self) -> int | None:
        """None when it does not run."""
        return self._process.pid

    @property
    def log(self) -> Path:
        return self._process.log

    def start(self) -> bool:
        """
        Start it unless it runs, and wait until it is at work. True when it was started.

        :raises StartError: it did not start
        """
        # It has no flag for the kubeconfig.
        started = self._process.start(_argv(self._program), {"KUBECONFIG": str(self._kubeconfig)})
        if started:
            try:
                self._process.wait_until(lambda: self._process.said(_AT_WORK), "at work", START_SECONDS)
            except BaseException:
                self._process.stop(kill=True)
                raise
        return started

    def stop(self, *, kill: bool = False) -> bool:
        """Stop it. True when it ran."""
        ran = self.pid is not None
        self._process.stop(kill=kill)
        return ran


def _argv(program: Path) -> list[str]:
    """Listens nowhere; without the controllers of kinds that the homelab does not use."""
    return [
        str(program),
        "--metrics-addr=0",
        "--live-addr=0",
        "--enable-leader-election=false",
        "--enable-push-secret-reconciler=false",
        "--enable-cluster-push-secret-reconciler=false",
        "--enable-cluster-external-secret-reconciler=false",
        "--store-requeue-interval=30s",
        # With one, a server that does not answer holds up every other store.
        "--concurrent=4",
    ]
