"""
The one process that replaces the pods of Infisical's server.

As in a pod, the Secret's values are read when it starts, and only then: when a rollout has a new pod, or when it ended.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.argocd.application import Report
from sandbox.argocd.objects import Keys, Objects
from sandbox.argocd.workloads import ServerPod, Workloads
from sandbox.infisical import InfisicalServer
from tooling.errors import StartError
from tooling.private_file import write_private

RETRY_SECONDS = 10.0
MESSAGE_LENGTH = 1000

log = logging.getLogger("running")


@dataclass(frozen=True)
class Failure:
    """A failed start: the version of the pod and its keys, when to try them again, and the reason."""

    version: tuple[str, ...]
    retry_at: float
    report: Report


class Running:
    """
    :param objects: for the Secrets
    :param workloads: for the pods
    :param server: the fake Infisical
    :param kept: the file that keeps the pod that the server was started for
    """

    def __init__(self, objects: Objects, workloads: Workloads, server: InfisicalServer, kept: Path) -> None:
        self._objects = objects
        self._workloads = workloads
        self._server = server
        self._kept = kept
        self._failed: Failure | None = None

    def reconcile(self, namespace: str, starting: Callable[[Report], None]) -> Report | None:
        """
        Restart the server when its pods were replaced or it ended; stop it when it has no pods.

        :param starting: called before the start, which takes seconds
        :returns: why it does not run for the newest pods; None if it does
        :raises Unavailable: the API server does not answer
        """
        pods = self._workloads.server_pods(namespace)
        pod = newest(pods, self._served())
        if pod is None:
            if not pods and self._server.stop():
                log.info("stopped the fake Infisical: it has no pod")
            self._set_gates(pods)
            return Report("Progressing", "waiting for a pod of Infisical's Deployment to be started by a node")
        if self._server.running and pod.uid == self._served():
            self._failed = None
            self._set_gates(pods)
            return None
        keys = self._keys(pod)
        if isinstance(keys, Report):
            if self._served() not in {each.uid for each in pods}:
                self._server.stop()
            self._set_gates(pods)
            return keys
        return self._start(pod, pods, keys, starting)

    def _start(
        self, pod: ServerPod, pods: Sequence[ServerPod], keys: Keys, starting: Callable[[Report], None]
    ) -> Report | None:
        version = (pod.uid, *keys.version)
        again = self._failed is not None and self._failed.version == version
        if again and self._failed and time.monotonic() < self._failed.retry_at:
            return self._failed.report
        if not again:
            starting(Report("Progressing", "the fake Infisical is starting"))
        self._server.stop()
        self._set_gates(pods)
        try:
            self._server.start(keys.values.get("ENCRYPTION_KEY", ""), keys.values.get("AUTH_SECRET", ""))
        except StartError as error:
            message = (" ".join(line.strip() for line in error.log) or error.reason)[:MESSAGE_LENGTH]
            self._failed = Failure(version, time.monotonic() + RETRY_SECONDS, Report("Degraded", message))
            return self._failed.report
        self._failed = None
        write_private(self._kept, pod.uid)
        log.info("started the fake Infisical for pod %s, process %s", pod.name, self._server.pid)
        self._set_gates(pods)
        return None

    def _keys(self, pod: ServerPod) -> Keys | Report:
        """Return the values for the pod's environment, or a report about missing Secrets."""
        found = {name: self._objects.secret(pod.namespace, name) for name in pod.secrets}
        missing = [f"{pod.namespace}/{name}" for name, keys in found.items() if keys is None]
        if missing and self._server.running:
            return Report("Degraded", f"the newest pod cannot start: Secret {', '.join(missing)} not found")
        if missing:
            return Report("Progressing", f"waiting for the Secret {', '.join(missing)}")
        given = [keys for keys in found.values() if keys is not None]
        values = {key: value for keys in given for key, value in keys.values.items()}
        return Keys(tuple(part for keys in given for part in keys.version), values)

    def _set_gates(self, pods: Sequence[ServerPod]) -> None:
        """Set the readiness gate of each pod: whether the server answers for pods of its template."""
        served = self._served() if self._server.running else None
        answers_for = {pod.replica_set for pod in pods if pod.uid == served}
        for pod in pods:
            if pod.is_answering != (pod.replica_set in answers_for):
                self._workloads.set_gate(pod, is_answering=not pod.is_answering)

    def _served(self) -> str | None:
        try:
            return self._kept.read_text()
        except FileNotFoundError:
            return None


def newest(pods: Sequence[ServerPod], served: str | None) -> ServerPod | None:
    """Return the pod that the server runs for: one of the newest rollout, and the same while it exists."""
    started = [pod for pod in pods if pod.is_started]
    last = max((pod.revision for pod in started), default=0)
    candidates = [pod for pod in started if pod.revision == last]
    return min(candidates, key=lambda pod: (pod.uid != served, pod.created, pod.name), default=None)
