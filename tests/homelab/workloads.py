"""The Deployment of an app. The program does not install it."""

from __future__ import annotations

from typing import Any

from tests.homelab.deployment import Homelab
from tests.waiting import PATIENCE_SECONDS


def install(homelab: Homelab, namespace: str, name: str, secret: str) -> None:
    """Create a Deployment of one pod that reads a Secret at its start, and wait until it runs."""
    labels = {"app": name}
    container = {"name": name, "image": "app", "envFrom": [{"secretRef": {"name": secret}}]}
    homelab.plane.kubectl.apply(
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": name, "namespace": namespace},
            "spec": {
                "replicas": 1,
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
            },
        },
        manager="argocd-controller",
    )
    deployment = (f"deployment/{name}", "--namespace", namespace)
    homelab.plane.kubectl.run("rollout", "status", *deployment, f"--timeout={PATIENCE_SECONDS}s")


def pods(homelab: Homelab, namespace: str) -> dict[str, str]:
    """The UIDs of the pods, by app, without those that the garbage collector is about to delete."""
    owners = {each["metadata"]["uid"] for each in homelab.plane.kubectl.list("replicasets", namespace)}
    return {
        pod["metadata"]["labels"]["app"]: pod["metadata"]["uid"]
        for pod in homelab.objects("pods").values()
        if pod["metadata"]["namespace"] == namespace
        and not pod["metadata"].get("deletionTimestamp")
        and pod["metadata"]["ownerReferences"][0]["uid"] in owners
    }


def template_of(homelab: Homelab, namespace: str, name: str) -> dict[str, Any]:
    template: dict[str, Any] = homelab.object("deployment", name, namespace)["spec"]["template"]
    return template
