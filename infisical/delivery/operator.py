"""
The state of the External Secrets Operator, read from its objects.

Its status shows the last sync. `syncedResourceVersion` is `<generation>-<hash of labels and annotations>` of the
ExternalSecret that was synced last, and does not change when a sync fails; the condition Ready may still be from
before a change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

API: Final = "/apis/external-secrets.io/v1"
FORCE: Final = "force-sync"
"""The annotation whose change makes the operator sync at once."""

NO_LOGIN: Final = "unable to create client"
"""A store's message when the operator could not log in."""


@dataclass(frozen=True)
class Condition:
    """The condition Ready; all empty if the operator has not set it."""

    status: str = ""
    reason: str = ""
    message: str = ""

    @property
    def good(self) -> bool:
        return self.status == "True"

    def __str__(self) -> str:
        if not self.status:
            return "no condition yet"
        return f"Ready={self.status}, {self.reason}{f': {self.message}' if self.message else ''}"


@dataclass(frozen=True)
class Store:
    """
    A ClusterSecretStore, or a SecretStore of the app's namespace, which may not exist.

    `logins` has the Secrets with its credentials, as namespace and name.
    """

    kind: str
    name: str
    path: str
    exists: bool = True
    ready: Condition = Condition()
    logins: frozenset[tuple[str, str]] = frozenset()

    @property
    def refused_the_login(self) -> bool:
        return self.ready.status == "False" and self.ready.message == NO_LOGIN

    @property
    def failed_otherwise(self) -> bool:
        return self.ready.status == "False" and self.ready.message != NO_LOGIN


Stamp = tuple[str, str]
"""What changes with each successful sync."""


@dataclass(frozen=True)
class ExternalSecret:
    """Its store, and its status. `store_name` is empty if only a generator provides its keys."""

    store_kind: str
    store_name: str
    generation: int
    synced: str
    refreshed: str
    ready: Condition

    @property
    def stamp(self) -> Stamp:
        return self.synced, self.refreshed

    @property
    def is_current(self) -> bool:
        """Whether the last sync was of what is declared now."""
        return self.synced.startswith(f"{self.generation}-")


def external_secret_of(found: Mapping[str, Any]) -> ExternalSecret:
    status, store = _within(found, "status"), _within(found, "spec", "secretStoreRef")
    return ExternalSecret(
        store_kind=str(store.get("kind") or "SecretStore"),
        store_name=str(store.get("name") or ""),
        generation=int(_within(found, "metadata").get("generation") or 0),
        synced=str(status.get("syncedResourceVersion") or ""),
        refreshed=str(status.get("refreshTime") or ""),
        ready=_ready(status),
    )


def store_of(kind: str, name: str, path: str, found: Mapping[str, Any] | None) -> Store:
    """:param path: of the store, at the API server"""
    body = found or {}
    given = _within(body, "spec", "provider", "infisical", "auth", "universalAuthCredentials")
    namespace = str(_within(body, "metadata").get("namespace") or "")
    logins = frozenset((str(each.get("namespace") or namespace), str(each["name"])) for each in given.values())
    return Store(kind, name, path, found is not None, _ready(_within(body, "status")), logins)


def external_secret_path(namespace: str, name: str) -> str:
    return f"{API}/namespaces/{namespace}/externalsecrets/{name}"


def store_path(namespace: str, kind: str, name: str) -> str:
    if kind == "ClusterSecretStore":
        return f"{API}/clustersecretstores/{name}"
    return f"{API}/namespaces/{namespace}/secretstores/{name}"


def _ready(status: Mapping[str, Any]) -> Condition:
    for condition in status.get("conditions") or []:
        if condition.get("type") == "Ready":
            return Condition(*(str(condition.get(key) or "") for key in ("status", "reason", "message")))
    return Condition()


def _within(found: Mapping[str, Any], *keys: str) -> Mapping[str, Any]:
    for key in keys:
        found = found.get(key) or {}
    return found
