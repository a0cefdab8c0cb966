"""
The External Secrets Operator as a local process with the admin's kubeconfig, and the state of its ExternalSecrets.

The operator needs its CRDs when it starts. Each ExternalSecret has a finalizer of the operator: one that is deleted
while the operator is stopped remains until the operator runs again.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tooling.kubernetes.kubectl import Kubectl, Object
from tooling.processes.process import Process

NAME = "external-secrets"
START_SECONDS = 60.0

FEWEST_WORKERS = 4
"""With a single one, a server that does not answer blocks every other store."""

MOST_WORKERS = 32
"""The fake Infisical answers one request at a time."""

APPS_PER_WORKER = 4

# The last controller to start.
STARTED = '"msg":"Starting workers","controller":"externalsecret"'


class Operator:
    """
    One operator for one control plane.

    :param directory: of its record and its log
    :param program: the operator's binary
    :param kubeconfig: of the cluster
    :param apps: the number of apps that it delivers to
    :param tethered: it ends with this process; otherwise it runs until `stop`
    """

    def __init__(
        self, directory: Path, program: Path, kubeconfig: Path, *, apps: int = 0, tethered: bool = False
    ) -> None:
        self._program = program
        self._kubeconfig = kubeconfig
        self._workers = workers(apps)
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
        Start it unless it runs, and wait until it is ready. True when it was started.

        It is restarted when the number of apps needs another number of workers.

        :raises StartError: it did not start
        """
        # It has no flag for the kubeconfig.
        started = self._process.start(_argv(self._program, self._workers), {"KUBECONFIG": str(self._kubeconfig)})
        if started:
            try:
                self._process.wait_until(lambda: self._process.said(STARTED), "ready", START_SECONDS)
            except BaseException:
                self._process.stop(kill=True)
                raise
        return started

    def stop(self, *, kill: bool = False) -> bool:
        """Stop it. True when it ran."""
        ran = self.pid is not None
        self._process.stop(kill=kill)
        return ran


@dataclass(frozen=True)
class ExternalSecret:
    """
    :param name: namespace/name
    :param is_ready: the Secret is synced
    :param reason: the operator's, such as `SecretSynced`; empty before its first status
    :param message: the operator's message
    """

    name: str
    is_ready: bool
    reason: str
    message: str


def external_secrets(kubectl: Kubectl) -> list[ExternalSecret]:
    """All of them, by name."""
    found = kubectl.list("externalsecrets.external-secrets.io")
    return sorted((_external_secret(obj) for obj in found), key=lambda each: each.name)


def _external_secret(obj: Object) -> ExternalSecret:
    name = f"{obj['metadata']['namespace']}/{obj['metadata']['name']}"
    for condition in obj.get("status", {}).get("conditions", []):
        if condition["type"] == "Ready":
            is_ready = condition["status"] == "True"
            return ExternalSecret(name, is_ready, condition.get("reason", ""), condition.get("message", ""))
    return ExternalSecret(name, False, "", "the operator has not reported a status yet")


def workers(apps: int) -> int:
    """How many ExternalSecrets the operator syncs at the same time."""
    return max(FEWEST_WORKERS, min(apps // APPS_PER_WORKER, MOST_WORKERS))


def _argv(program: Path, workers: int) -> list[str]:
    """Opens no port, and runs without the controllers of kinds that the homelab does not use."""
    return [
        str(program),
        "--metrics-addr=0",
        "--live-addr=0",
        "--enable-leader-election=false",
        "--enable-push-secret-reconciler=false",
        "--enable-cluster-push-secret-reconciler=false",
        "--enable-cluster-external-secret-reconciler=false",
        "--store-requeue-interval=30s",
        f"--concurrent={workers}",
    ]
