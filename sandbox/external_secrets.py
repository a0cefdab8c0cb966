"""How it is with each ExternalSecret of a cluster, as the operator tells it."""

from __future__ import annotations

from dataclasses import dataclass

from tooling.kubernetes.kubectl import Kubectl, Object


@dataclass(frozen=True)
class ExternalSecret:
    """
    :param name: namespace/name
    :param is_ready: it is synced
    :param reason: the operator's, such as `SecretSynced`; empty when it has said nothing yet
    :param message: its own words
    """

    name: str
    is_ready: bool
    reason: str
    message: str


def external_secrets(kubectl: Kubectl) -> list[ExternalSecret]:
    """All of them, by name."""
    found = kubectl.list("externalsecrets.external-secrets.io")
    return sorted((_told(obj) for obj in found), key=lambda each: each.name)


def _told(obj: Object) -> ExternalSecret:
    name = f"{obj['metadata']['namespace']}/{obj['metadata']['name']}"
    for condition in obj.get("status", {}).get("conditions", []):
        if condition["type"] == "Ready":
            is_ready = condition["status"] == "True"
            return ExternalSecret(name, is_ready, condition.get("reason", ""), condition.get("message", ""))
    return ExternalSecret(name, False, "", "the operator has not looked at it yet")
