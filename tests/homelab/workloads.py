"""An app's Deployment, which somebody else than the program installs."""

from __future__ import annotations

from typing import Any

from tests.homelab.deployment import Homelab


def install(homelab: Homelab, namespace: str, name: str, secret: str) -> None:
    """A Deployment of one pod that reads a Secret when it starts; returns when it runs."""
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
    homelab.plane.kubectl.run("rollout", "status", f"deployment/{name}", "--namespace", namespace, "--timeout=120s")


def pods(homelab: Homelab, namespace: str) -> dict[str, str]:
    """The pods' uids, by their app's name."""
    return {
        pod["metadata"]["labels"]["app"]: pod["metadata"]["uid"]
        for pod in homelab.objects("pods").values()
        if pod["metadata"]["namespace"] == namespace and not pod["metadata"].get("deletionTimestamp")
    }


def template_of(homelab: Homelab, namespace: str, name: str) -> dict[str, Any]:
    template: dict[str, Any] = homelab.object("deployment", name, namespace)["spec"]["template"]
    return template
