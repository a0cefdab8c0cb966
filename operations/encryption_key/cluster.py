"""The homelab's cluster: pauses Argo CD, stops and starts Infisical."""

from __future__ import annotations

import base64
import contextlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from declaration.objects import APPLICATION as APPLICATION_NAME
from declaration.objects import INFISICAL_NAMESPACE as NAMESPACE
from declaration.objects import INFISICAL_SECRETS
from operations.clusters import kubectl_for
from operations.encryption_key.errors import StepFailed
from tooling.kubernetes.kubectl import Kubectl

KEY: Final = "ENCRYPTION_KEY"
SELECTOR: Final = "app.kubernetes.io/component=infisical"
PAUSED: Final = "argocd.argoproj.io/skip-reconcile"
MANAGER: Final = "--field-manager=homelab-rotation"
POLL_SECONDS: Final = 1.0
SLOW: Final = "if Infisical is only slow, raise `homelab:infisical.startSeconds`"


class Cluster:
    """
    The cluster that Infisical runs in.

    :param argocd_namespace: Argo CD's
    :param longest: seconds that pods may take to end or to become ready
    """

    def __init__(self, kubectl: Kubectl, argocd_namespace: str, longest: float) -> None:
        self.kubectl = kubectl
        self._application = ("application.argoproj.io", APPLICATION_NAME, f"--namespace={argocd_namespace}")
        self._longest = longest

    def pause(self) -> None:
        """Make Argo CD skip the Application. The program ignores the annotation."""
        self.kubectl.run("annotate", *self._application, f"{PAUSED}=true", "--overwrite", MANAGER)

    def resume(self) -> None:
        """Make Argo CD sync the Application again."""
        self.kubectl.run("annotate", *self._application, f"{PAUSED}-", MANAGER)

    def replicas(self) -> dict[str, int]:
        """Return the number of replicas of each Deployment of Infisical."""
        listed = self._listed("deployments")
        return {each["metadata"]["name"]: int(each["spec"].get("replicas", 1)) for each in listed}

    def stop(self, deployments: Mapping[str, int]) -> None:
        """
        Scale to zero, and return when the last pod is gone.

        :raises StepFailed: timed out
        """

        def are_gone() -> bool:
            # In each round: a sync that Argo CD started before it was paused may scale up again.
            if any(self.replicas().values()):
                self._scale(dict.fromkeys(deployments, 0))
            return not self._listed("pods")

        self._wait(are_gone, "stop")

    def start(self, deployments: Mapping[str, int]) -> None:
        """
        Scale to these numbers, and return when as many pods are ready.

        :raises StepFailed: timed out
        """
        self._scale(deployments)
        self._wait(
            lambda: (
                deployments.items()
                <= {each["metadata"]["name"]: _ready(each) for each in self._listed("deployments")}.items()
            ),
            "become ready",
        )

    def encryption_key(self) -> str:
        """
        Return ENCRYPTION_KEY from the Secret that Infisical starts with.

        :raises StepFailed: the Secret does not contain it
        """
        found = json.loads(
            self.kubectl.run("get", "secret", INFISICAL_SECRETS, f"--namespace={NAMESPACE}", "--output=json")
        )
        encoded = (found.get("data") or {}).get(KEY)
        if not encoded:
            what = f"The Secret {NAMESPACE}/{INFISICAL_SECRETS} does not contain {KEY}"
            raise StepFailed(what, expected=f"the {KEY} that Infisical uses", fix="run `pulumi up --refresh`")
        return base64.b64decode(encoded).decode()

    def _listed(self, kind: str) -> list[dict[str, Any]]:
        return self.kubectl.list(kind, NAMESPACE, SELECTOR)

    def _scale(self, deployments: Mapping[str, int]) -> None:
        for name, replicas in deployments.items():
            self.kubectl.run("scale", f"deployment/{name}", f"--namespace={NAMESPACE}", f"--replicas={replicas}")

    def _wait(self, condition: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + self._longest
        while not condition():
            if time.monotonic() > deadline:
                message = f"Timed out after {self._longest:.0f} s waiting for the pods of Infisical to {what}"
                fix = f"find the reason with `kubectl get pods,events -n {NAMESPACE}`; {SLOW}"
                raise StepFailed(message, fix=fix)
            time.sleep(POLL_SECONDS)


@contextlib.contextmanager
def cluster_of(kubeconfig: str, context: str, argocd_namespace: str, longest: float) -> Iterator[Cluster]:
    """
    Open the cluster that the program deploys to.

    :param kubeconfig: its text or path; empty for the one that kubectl finds by itself
    :param context: a context of it; empty for the current one
    :param argocd_namespace: Argo CD's
    :param longest: seconds that pods may take to end or to become ready
    :raises OperationError: kubectl is not installed
    """
    with kubectl_for(kubeconfig, context) as kubectl:
        yield Cluster(kubectl, argocd_namespace, longest)


def _ready(deployment: dict[str, Any]) -> int:
    """Return how many pods of the newest template are ready."""
    status = deployment.get("status") or {}
    if int(status.get("observedGeneration", 0)) < int(deployment["metadata"].get("generation", 0)):
        return -1
    return min(int(status.get("readyReplicas", 0)), int(status.get("updatedReplicas", 0)))
