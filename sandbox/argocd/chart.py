"""
What Infisical's chart would have Argo CD install, as far as restarts and `kubectl exec` need it: a Deployment, two
StatefulSets and the Secret of PostgreSQL.

Their pods run nothing. The server's pods are Ready by a gate: while the fake Infisical answers for them.
"""

from __future__ import annotations

import base64
import hmac
import json
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from declaration.objects import APPLICATION, SERVER
from sandbox.argocd.application import Object, Wanted
from tooling.private_file import write_private

CHART = "infisical-standalone"
GATE = "homelab.sandbox/infisical-answers"
FAKE = "homelab.sandbox/fake"
IMAGE = "homelab.sandbox/runs-nothing"
DATABASE, OWNER = "infisicalDB", "infisical"
DATABASE_CONTAINER = "postgresql"
_REPLICAS = 2

INSTANCE, COMPONENT = "app.kubernetes.io/instance", "app.kubernetes.io/component"
SERVER_LABELS = {"app.kubernetes.io/name": CHART, INSTANCE: APPLICATION, COMPONENT: "infisical"}


class Checksums:
    """
    Keyed checksums: they show whether values changed and reveal nothing else.

    :param kept: the file that keeps the key
    """

    def __init__(self, kept: Path) -> None:
        if not kept.exists():
            write_private(kept, secrets.token_bytes(32))
        self._key = kept.read_bytes()

    def of(self, values: object) -> str:
        return hmac.new(self._key, json.dumps(values, sort_keys=True).encode(), "sha256").hexdigest()


PASSWORDS = {"POSTGRES_PASSWORD": "password", "POSTGRES_POSTGRES_PASSWORD": "postgres-password"}
"""The variables of PostgreSQL's container, and the keys of its Secret."""


def manifests(asked: Wanted, checksums: Checksums, passwords: Mapping[str, str] | None = None) -> list[Object]:
    """
    The objects to apply, the Deployment first; no value of the chart's passwords is in them.

    :param passwords: what PostgreSQL's Secret holds; without it, there is no Secret
    """
    postgresql, redis = asked.values.get("postgresql") or {}, asked.values.get("redis") or {}
    found = [_server(asked, checksums.of([postgresql, redis]))]
    if postgresql.get("enabled", True):
        name = postgresql.get("fullnameOverride") or "postgresql"
        database = _database(asked, name, "postgresql", "primary", checksums.of(postgresql))
        found.append(database)
        if passwords is not None:
            (container,) = database["spec"]["template"]["spec"]["containers"]
            container["env"] = [
                {"name": variable, "valueFrom": {"secretKeyRef": {"name": name, "key": key}}}
                for variable, key in PASSWORDS.items()
            ]
            found.append(_secret(asked, name, passwords))
    if redis.get("enabled", True):
        name = f"{redis.get('fullnameOverride') or 'redis'}-master"
        found.append(_database(asked, name, "redis", "master", checksums.of(redis)))
    return found


def database_manifests(asked: Wanted, application: str, chart: str, checksums: Checksums) -> list[Object]:
    """The objects of a chart of PostgreSQL or Redis that has an Application of its own."""
    name = asked.values.get("fullnameOverride") or application
    component = "master" if chart == "redis" else "primary"
    name = f"{name}-master" if chart == "redis" else name
    return [_database(asked, name, chart, component, checksums.of(asked.values), application)]


def _server(asked: Wanted, checksum: str) -> Object:
    values = asked.values.get("infisical") or {}
    container = {"name": CHART, "image": IMAGE, "envFrom": [{"secretRef": {"name": asked.server_secret}}]}
    if resources := values.get("resources"):
        container["resources"] = resources
    # The passwords are in the connection strings of the server's pods, too.
    template = _template(SERVER_LABELS, checksum, container, readinessGates=[{"conditionType": GATE}])
    replicas = values.get("replicaCount", _REPLICAS)
    return _workload(asked, "Deployment", SERVER, SERVER_LABELS, {"replicas": replicas, "template": template})


def _database(asked: Wanted, name: str, what: str, component: str, checksum: str, release: str = APPLICATION) -> Object:
    labels = {"app.kubernetes.io/name": what, INSTANCE: release, COMPONENT: component}
    template = _template(labels, checksum, {"name": what, "image": IMAGE})
    spec = {"replicas": 1, "serviceName": f"{name}-hl" if what == "postgresql" else "redis-headless"}
    return _workload(asked, "StatefulSet", name, labels, {**spec, "template": template})


def _secret(asked: Wanted, name: str, values: Mapping[str, str]) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": asked.namespace, "labels": {INSTANCE: APPLICATION}},
        "data": {key: base64.b64encode(value.encode()).decode() for key, value in values.items()},
    }


def _template(labels: dict[str, str], checksum: str, container: Object, **spec: Any) -> Object:
    annotations = {"checksum/values": checksum, FAKE: "this pod runs nothing"}
    return {
        "metadata": {"labels": labels, "annotations": annotations},
        "spec": {"containers": [container], **spec},
    }


def _workload(asked: Wanted, kind: str, name: str, labels: dict[str, str], spec: Object) -> Object:
    chart = {"helm.sh/chart": f"{CHART}-{asked.revision}"}
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": asked.namespace, "labels": {**labels, **chart}},
        "spec": {"selector": {"matchLabels": labels}, **spec},
    }
