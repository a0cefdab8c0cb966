"""The cluster that Infisical runs in, as kubectl shows and changes it."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any, Final, Protocol

PAUSED: Final = "argocd.argoproj.io/skip-reconcile"


class Pods(Protocol):
    """What runs in the pods of Infisical."""

    is_running: bool

    def start(self, encryption_key: str) -> None:
        """Start it, unless it runs. It does not start with a key that cannot read its database."""

    def stop(self) -> None:
        """Stop it, if it runs."""


@dataclass
class FakeCluster:
    """
    Argo CD works between any two commands: unless it is paused, it reverts every change of the number of pods.

    :param key: ENCRYPTION_KEY in the Secret that Infisical starts with
    :param replicas: of Infisical's Deployment; None if there is no Deployment
    :param declared: the number of replicas that Argo CD restores
    :param server: what runs in the pods; None if nothing does
    """

    key: str
    replicas: int | None = 1
    declared: int = 1
    is_paused: bool = False
    server: Pods | None = None

    def run(self, arguments: list[str]) -> str:
        """Return what a command prints."""
        self.settle()
        match arguments:
            case ["annotate", *options]:
                self.is_paused = f"{PAUSED}=true" in options
            case ["get", "secret", *_]:
                return json.dumps({"data": {"ENCRYPTION_KEY": base64.b64encode(self.key.encode()).decode()}})
            case ["get", "deployments", *_]:
                return json.dumps({"items": self._deployments()})
            case ["get", "pods", *_]:
                return json.dumps({"items": [{}] * (self.replicas or 0)})
            case ["scale", *options]:
                self.replicas = int(options[-1].partition("=")[2])
        self.settle()
        return ""

    def settle(self) -> None:
        """Let Argo CD restore the number of pods, and let the pods start with the key that the Secret has now."""
        if not self.is_paused and self.replicas is not None:
            self.replicas = self.declared
        if self.server and self.replicas:
            self.server.start(self.key)
        elif self.server:
            self.server.stop()

    def _deployments(self) -> list[dict[str, Any]]:
        if self.replicas is None:
            return []
        ready = self.replicas if self.server is None or self.server.is_running else 0
        status = {"observedGeneration": 1, "readyReplicas": ready, "updatedReplicas": ready}
        metadata = {"name": "infisical", "generation": 1}
        return [{"metadata": metadata, "spec": {"replicas": self.replicas}, "status": status}]
