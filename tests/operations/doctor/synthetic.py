"""A homelab that is well, as the doctor's readers would observe it. A test breaks one thing."""

from __future__ import annotations

import base64
import datetime
from dataclasses import dataclass, field, replace
from typing import Any, Final

from declaration import Homelab
from declaration.objects import FIELD_MANAGER
from infisical.api.folders import Location
from infisical.api.projects import Project
from infisical.delivery.hashes import ValueHasher
from infisical.delivery.observation import held_keys
from operations.doctor.chain import Result, examine
from operations.doctor.facts import Backup, Cluster, Facts, Folder, Held, Infisical, Login, Unread
from operations.doctor.findings import Finding
from operations.doctor.reading.values import hide_values, public_words
from operations.doctor.report import text
from operations.doctor.steps.bootstrap import needed_secrets
from operations.doctor.steps.login import login_secret
from operations.doctor.steps.store import KIND
from tests.checkout import CHECKOUT
from tooling.stack.declared import checked, read_declaration

Object = dict[str, Any]

NOW: Final = datetime.datetime(2026, 11, 30, 12, tzinfo=datetime.UTC)
OPERATOR: Final = "externalsecrets.external-secrets.io/synced"
READY: Final = {"type": "Ready", "status": "True", "reason": "SecretSynced", "message": "secret synced"}


def declared(stack: str = "homelab") -> Homelab[None]:
    """The declaration of this checkout."""
    return checked(read_declaration(CHECKOUT, stack))


@dataclass
class Lab:
    """What was observed. `silent` says why the cluster cannot be read; empty if it can."""

    homelab: Homelab[None] = field(default_factory=declared)
    cluster: Cluster = field(default_factory=Cluster)
    infisical: Infisical = field(default_factory=lambda: Infisical(""))
    silent: str = ""
    backups: tuple[Backup, ...] = ()
    rotations: dict[str, str] = field(default_factory=lambda: {"WEB_TOKEN": "since 2026-06-01, due on 2027-06-01"})

    def __post_init__(self) -> None:
        project = Project("p1", "homelab", "Homelab", {"prod": "Production"})
        root = Location("p1", self.homelab.store.environment_slug, "/")
        self.values = {key.name: f"canary-{key.name.lower()}" for key in self.homelab.keys.all}
        self.infisical = Infisical(
            self.homelab.infisical.url,
            initialized=True,
            seconds_ahead=0.3,
            login=Login(200),
            project=project,
            folders={root: Folder(self.values)},
        )
        own = {place: Held(_own(keys)) for place, keys in needed_secrets(self.homelab).items()}
        own[login_secret(self.homelab)] = Held({"clientId": b"canary-client", "clientSecret": b"canary-client-secret"})
        secrets = {secret.place: self._secret(secret.place) for secret in self.homelab.delivered_secrets}
        self.cluster = Cluster(
            server="https://127.0.0.1:6443",
            version="v1.34.1",
            seconds_ahead=0.2,
            own=own,
            application={
                "metadata": {"name": "infisical", "namespace": "argocd"},
                "spec": {"project": "secrets"},
                "status": {"sync": {"status": "Synced"}, "health": {"status": "Healthy"}},
            },
            project={"metadata": {"name": "secrets", "namespace": "argocd"}},
            infisical_pods=[pod("infisical-0"), pod("postgresql-0"), pod("redis-0")],
            stores={"infisical": self._store()},
            external_secrets={place: external_secret(place) for place in secrets},
            secrets=secrets,
            app_pods=[],
        )

    def observe(self, **changes: Any) -> None:
        """Change what was read of the cluster."""
        self.cluster = replace(self.cluster, **changes)

    def answer(self, **changes: Any) -> None:
        """Change what Infisical answered."""
        self.infisical = replace(self.infisical, **changes)

    def facts(self) -> Facts:
        hasher = ValueHasher(public_words(self.homelab))
        hide_values(hasher, self.cluster, self.infisical)
        secrets = self.cluster.secrets if isinstance(self.cluster.secrets, dict) else {}
        hashes = {place: held_keys(secrets.get(place), hasher) for place in secrets}
        cluster = Unread(self.silent) if self.silent else self.cluster
        return Facts(cluster, self.infisical, self.rotations, NOW, hasher, hashes, self.backups)

    def results(self) -> tuple[Result, ...]:
        return examine(self.homelab, self.homelab.delivered_secrets, self.facts())

    def findings(self) -> list[Finding]:
        return [finding for result in self.results() for finding in result.outcome.findings]

    def only_finding(self) -> Finding:
        (finding,) = self.findings()
        return finding

    def status(self, step: str) -> str:
        return next(str(each.outcome.status) for each in self.results() if each.id == step)

    def text(self) -> str:
        return text(self.results())

    def _secret(self, place: str) -> Object:
        secret = next(each for each in self.homelab.delivered_secrets if each.place == place)
        data = {name: self.values[key.name] for key in secret.keys for name in key.secret_keys}
        encoded = {
            key: base64.b64encode(value.encode()).decode() for key, value in (data | dict(secret.literals)).items()
        }
        entry = {"manager": OPERATOR, "time": "2026-11-29T08:00:00Z", "fieldsV1": {"f:data": _fields(encoded)}}
        return {
            "metadata": {"name": secret.name, "namespace": secret.namespace, "managedFields": [entry]},
            "data": encoded,
        }

    def _store(self) -> Object:
        store = self.homelab.store
        scope = {
            "projectSlug": store.project_slug,
            "environmentSlug": store.environment_slug,
            "secretsPath": self.homelab.store_path,
        }
        spec = {"provider": {"infisical": {"hostAPI": store.host_api, "secretsScope": scope}}}
        return {"metadata": {"name": store.name}, "spec": spec, "status": {"conditions": [READY]}}


def external_secret(place: str, **condition: str) -> Object:
    """An ExternalSecret whose condition Ready has these fields."""
    namespace, _, name = place.partition("/")
    entry = {"manager": FIELD_MANAGER, "fieldsV1": {"f:spec": {}}}
    return {
        "metadata": {"name": name, "namespace": namespace, "generation": 1, "managedFields": [entry]},
        "spec": {"secretStoreRef": {"kind": KIND, "name": "infisical"}},
        "status": {
            "syncedResourceVersion": "1-abc",
            "refreshTime": "2026-11-30T11:30:00Z",
            "conditions": [{**READY, **condition}],
        },
    }


def not_ready(store: Object, message: str = "unable to validate store") -> Object:
    """The same store, whose check has failed."""
    condition = {"type": "Ready", "status": "False", "reason": "InvalidProviderConfig", "message": message}
    return {**store, "status": {"conditions": [condition]}}


def pod(name: str, namespace: str = "infisical", **status: Any) -> Object:
    ready = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}
    return {"metadata": {"name": name, "namespace": namespace}, "spec": {"containers": []}, "status": ready | status}


def waiting(reason: str, message: str = "", *, last: str = "") -> Object:
    """The status of a pod whose container waits, and what the last one said."""
    container: Object = {"name": "server", "state": {"waiting": {"reason": reason, "message": message}}}
    if last:
        container["lastState"] = {"terminated": {"exitCode": 1, "reason": "Error", "message": last}}
    return {"conditions": [{"type": "Ready", "status": "False"}], "containerStatuses": [container]}


def _fields(data: Object) -> Object:
    return {f"f:{key}": {} for key in data}


def _own(keys: tuple[str, ...]) -> dict[str, bytes]:
    known = {"ENCRYPTION_KEY": b"0123456789abcdef" * 2, "AUTH_SECRET": base64.b64encode(b"canary" * 8)}
    return {key: known.get(key, b'postgresql:\n  auth:\n    password: "canary-postgres-password"\n') for key in keys}
