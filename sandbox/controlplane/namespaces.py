"""What belongs to others in a homelab and is there before the program runs: namespaces, and Argo CD's own Secret."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from tooling.errors import StackError
from tooling.kubernetes.kubectl import Kubectl

ALWAYS = ("argocd", "external-secrets")

ARGOCD_SECRET_ANNOTATION = "homelab.sandbox/owner"


def foreign_namespaces(stack_config: Path) -> tuple[str, ...]:
    """
    The namespaces that the program uses and does not create: those of Argo CD and the operator, and each app's
    whose `createNamespace` is not true.

    :param stack_config: a Pulumi.STACK.yaml with `homelab:apps`; a list of apps, or a mapping of name to app
    """
    config = _mapping(yaml.safe_load(stack_config.read_text()), f"{stack_config}").get("config") or {}
    apps = _mapping(config, f"{stack_config}: config").get("homelab:apps") or {}
    declared = apps.values() if isinstance(apps, dict) else apps
    used = [
        str(app["namespace"])
        for app in declared
        if isinstance(app, dict) and "namespace" in app and not app.get("createNamespace", False)
    ]
    return tuple(dict.fromkeys([*ALWAYS, *used]))


def ensure_namespaces(kubectl: Kubectl, names: Sequence[str]) -> tuple[str, ...]:
    """Create those that are missing; gives their names."""
    present = {obj["metadata"]["name"] for obj in kubectl.list("namespaces")}
    missing = tuple(name for name in names if name not in present)
    if missing:
        items = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in missing]
        kubectl.create({"apiVersion": "v1", "kind": "List", "items": items})
    return missing


def ensure_argocd_secret(kubectl: Kubectl) -> bool:
    """
    Make `argocd/argocd-secret` as an Argo CD would: with keys and an annotation that are its own.

    Created once and never written again: what happens to it afterwards is its owner's doing. True when created.
    """
    if kubectl.run("get", "secret", "argocd-secret", "-n", "argocd", "--ignore-not-found", "-o", "name"):
        return False
    kubectl.create(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {
                "name": "argocd-secret",
                "namespace": "argocd",
                "labels": {"app.kubernetes.io/name": "argocd-secret", "app.kubernetes.io/part-of": "argocd"},
                "annotations": {ARGOCD_SECRET_ANNOTATION: json.dumps({"name": "argocd"})},
            },
            "type": "Opaque",
            "stringData": {"admin.password": secrets.token_urlsafe(32), "server.secretkey": secrets.token_urlsafe(32)},
        },
        manager="argocd",
    )
    return True


def _mapping(value: Any, where: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        problem = f"{where} is {type(value).__name__}, it must be a mapping"
        raise StackError(problem)
    return value
