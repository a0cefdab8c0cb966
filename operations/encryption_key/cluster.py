"""The homelab's cluster, by kubectl: Argo CD held still, Infisical stopped and started."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from declaration.kubeconfig import is_text
from operations.encryption_key.errors import ClusterFailed, Refused

NAMESPACE: Final = "infisical"
SECRET: Final = "infisical-secrets"
SELECTOR: Final = "app.kubernetes.io/component=infisical"
APPLICATION: Final = ("application.argoproj.io", "infisical", "--namespace=argocd")
PAUSED: Final = "argocd.argoproj.io/skip-reconcile"
MANAGER: Final = "--field-manager=homelab-rotation"
WAIT_SECONDS: Final = 600.0
POLL_SECONDS: Final = 1.0


class Cluster:
    """
    :param kubeconfig: a file; None for the one that kubectl finds by itself
    :param context: of it; empty for the current one
    """

    def __init__(self, kubeconfig: Path | None, context: str) -> None:
        self._kubeconfig = kubeconfig
        self._context = context

    def kubectl(self, *arguments: str, given: str = "") -> str:
        """
        What it printed. It may hold values: it is not logged.

        :raises ClusterFailed: it ended with an error
        """
        program = shutil.which("kubectl")
        if program is None:
            raise Refused("there is no kubectl on PATH: install it, or source the file that puts it there")
        context = [f"--context={self._context}"] if self._context else []
        environment = {**os.environ, **({"KUBECONFIG": str(self._kubeconfig)} if self._kubeconfig else {})}
        done = subprocess.run(
            [program, *context, *arguments], input=given, env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            message = (
                f"kubectl {' '.join(arguments)} ended with exit code {done.returncode}: {done.stderr.strip()[-1000:]}"
            )
            raise ClusterFailed(message)
        return done.stdout

    def pause(self) -> None:
        """Let Argo CD leave the Application as it is, whatever differs; the program does not see the annotation."""
        self.kubectl("annotate", *APPLICATION, f"{PAUSED}=true", "--overwrite", MANAGER)

    def resume(self) -> None:
        self.kubectl("annotate", *APPLICATION, f"{PAUSED}-", MANAGER)

    def replicas(self) -> dict[str, int]:
        """How many pods each Deployment of Infisical is to have."""
        listed = self._listed("deployments")
        return {each["metadata"]["name"]: int(each["spec"].get("replicas", 1)) for each in listed}

    def stop(self, deployments: Mapping[str, int]) -> None:
        """
        Scale to no pod, and return when the last one is gone.

        :raises ClusterFailed: they do not go
        """

        def are_gone() -> bool:
            # Again and again: what Argo CD had begun before it was paused may scale up once more.
            if any(self.replicas().values()):
                self._scale(dict.fromkeys(deployments, 0))
            return not self._listed("pods")

        self._wait(are_gone, f"the pods of Infisical in the namespace {NAMESPACE} are gone")

    def start(self, deployments: Mapping[str, int]) -> None:
        """
        Scale to these numbers, and return when as many pods are ready.

        :raises ClusterFailed: they do not get ready
        """
        self._scale(deployments)
        self._wait(
            lambda: (
                deployments.items()
                <= {each["metadata"]["name"]: _ready(each) for each in self._listed("deployments")}.items()
            ),
            f"the pods of Infisical in the namespace {NAMESPACE} are ready",
        )

    def encryption_key(self) -> str:
        """What the Secret holds that Infisical starts with."""
        found = json.loads(self.kubectl("get", "secret", SECRET, f"--namespace={NAMESPACE}", "--output=json"))
        return base64.b64decode(found["data"]["ENCRYPTION_KEY"]).decode()

    def _listed(self, kind: str) -> list[dict[str, Any]]:
        where = (f"--namespace={NAMESPACE}", f"--selector={SELECTOR}", "--output=json")
        items: list[dict[str, Any]] = json.loads(self.kubectl("get", kind, *where))["items"]
        return items

    def _scale(self, deployments: Mapping[str, int]) -> None:
        for name, replicas in deployments.items():
            self.kubectl("scale", f"deployment/{name}", f"--namespace={NAMESPACE}", f"--replicas={replicas}")

    def _wait(self, condition: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        while not condition():
            if time.monotonic() > deadline:
                message = (
                    f"waited {WAIT_SECONDS:.0f} s in vain until {what}. See why with `kubectl get pods,events -n "
                    f"{NAMESPACE}`, then run the command again, or with --undo."
                )
                raise ClusterFailed(message)
            time.sleep(POLL_SECONDS)


@contextlib.contextmanager
def cluster_of(kubeconfig: str, context: str) -> Iterator[Cluster]:
    """
    The cluster that the program deploys to.

    :param kubeconfig: its text or path; empty for the ambient one
    """
    if not is_text(kubeconfig):
        yield Cluster(Path(kubeconfig).expanduser() if kubeconfig else None, context)
        return
    # mkstemp makes it readable for its owner alone.
    descriptor, name = tempfile.mkstemp(prefix="kubeconfig-")
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(kubeconfig)
        yield Cluster(Path(name), context)
    finally:
        Path(name).unlink()


def _ready(deployment: dict[str, Any]) -> int:
    """How many of the pods of the newest template are ready."""
    status = deployment.get("status") or {}
    if int(status.get("observedGeneration", 0)) < int(deployment["metadata"].get("generation", 0)):
        return -1
    return min(int(status.get("readyReplicas", 0)), int(status.get("updatedReplicas", 0)))
