"""The owner's stores and generators that Secrets need: this program does not create them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from declaration.config_keys import PROJECT
from declaration.inventory import AppSecret


@dataclass(frozen=True)
class NeededObject:
    """The namespace of an object of the whole cluster is empty."""

    api_version: str
    kind: str
    namespace: str
    name: str


def needed_objects(secrets: Collection[AppSecret]) -> list[NeededObject]:
    found = [(origin, origin.place(secret.namespace)) for secret in secrets for _, origin in secret.origins]
    return [
        *dict.fromkeys(
            NeededObject(origin.api_version, origin.kind, place.rpartition("/")[0], origin.name)
            for origin, place in found
        )
    ]


def not_found(secrets: Collection[AppSecret], missing: Collection[str]) -> Iterator[str]:
    """
    A warning for each reference to an object that does not exist: it may come later, such as with its namespace.

    :param missing: each a kind and a place, such as `SecretStore web/kubernetes`
    """
    for secret in secrets:
        for field, origin in secret.origins:
            wanted = f"{origin.kind} {origin.place(secret.namespace)}"
            if wanted in missing:
                yield (
                    f"{PROJECT}:apps.{secret.path or secret.app}.{field}: {wanted} does not exist, so the operator "
                    f"cannot deliver Secret {secret.place}. Create it before `pulumi up`, or correct the name."
                )


def not_compared(secrets: Collection[AppSecret]) -> str:
    """What the delivery check cannot compare; empty if there is nothing."""
    found = [
        f"Secret {secret.place} ({origin.kind} {origin.place(secret.namespace)})"
        for secret in secrets
        for _, origin in secret.origins
    ]
    if not found:
        return ""
    return (
        f"Values that do not come from Infisical: {', '.join(found)}. This program cannot compare them: the delivery "
        "check only makes sure that each key exists and is not empty."
    )
