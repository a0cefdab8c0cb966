"""What the cluster holds: each kind is listed once, for any number of apps."""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from declaration import AppSecret, Homelab
from declaration.cluster.operator_release import operator_fields
from declaration.objects import (
    APPLICATION,
    BACKUP_JOB,
    DEFAULT_PROJECT,
    ESO_NAMESPACE,
    FIELD_MANAGER,
    INFISICAL_NAMESPACE,
)
from infisical.delivery.events import CLUSTER_SCOPED, warnings
from infisical.delivery.listed import CLUSTER_STORES, DELIVERED_SECRETS, EXTERNAL_SECRETS
from infisical.delivery.operator import API, Condition, external_secret_of, store_of
from infisical.ownership.installed_fields import missing_fields
from operations.doctor.facts import Cluster, Held, Object, Unread
from operations.doctor.reading.asking import gathered, listed, object_at
from operations.doctor.reading.logs import read_logs
from operations.doctor.reading.way import obstacles
from operations.doctor.steps.bootstrap import needed_secrets
from operations.doctor.steps.login import login_secret
from operations.doctor.steps.pods import is_well
from operations.doctor.steps.secret_readers import waits_for
from operations.doctor.steps.store import KIND as CLUSTER_STORE
from tooling.kubernetes.connection import Connection
from tooling.kubernetes.errors import KubernetesError

MOST_EXPLAINED: Final = 20
"""Of how many objects the events are read."""

_NAME: Final = "app.kubernetes.io/name"
_ARGOCD: Final = "/apis/argoproj.io/v1alpha1/namespaces/{}"
Place = tuple[str, str]


async def read_own_secrets(connection: Connection, homelab: Homelab[None]) -> dict[str, Held | Unread | None]:
    """The Secrets that Infisical and the store start with."""
    places = [*needed_secrets(homelab), login_secret(homelab)]
    paths = (DELIVERED_SECRETS.path(*place.split("/")) for place in places)
    found = await gathered(object_at(connection, path) for path in paths)
    return {place: _held(each) for place, each in zip(places, found, strict=True)}


async def read_cluster(
    connection: Connection,
    homelab: Homelab[None],
    secrets: Sequence[AppSecret],
    own: Mapping[str, Held | Unread | None],
    version: str,
) -> Cluster:
    """:param secrets: of the apps that are meant"""
    async with asyncio.TaskGroup() as group:
        argocd = group.create_task(_read_application(connection, homelab))
        infisical_pods = group.create_task(_read_infisical_pods(connection, homelab))
        stores = group.create_task(listed(connection, f"{CLUSTER_STORES.group}/{CLUSTER_STORES.plural}"))
        externals = group.create_task(listed(connection, f"{EXTERNAL_SECRETS.group}/{EXTERNAL_SECRETS.plural}"))
        held = group.create_task(_read_secrets(connection, secrets))
        all_pods = group.create_task(listed(connection, "/api/v1/pods"))
        operator = group.create_task(_read_operator(connection, homelab))
        backup_job = group.create_task(read_backup_job(connection, homelab))
    pods, (application, project), (served, lacking) = infisical_pods.result(), argocd.result(), operator.result()
    app_pods = _in_namespaces(all_pods.result(), {secret.namespace for secret in secrets})
    found_stores, found_externals = _by_place(stores.result()), _by_place(externals.result())
    unwell = [
        *_unwell(found_stores, found_externals, pods, {each.external_secret_place for each in secrets}),
        *_waiting(app_pods, secrets),
    ]
    explained = await gathered(_explained(connection, kind, place) for kind, place in unwell[:MOST_EXPLAINED])
    blocked = any(kind == CLUSTER_STORE for kind, _ in unwell)
    return Cluster(
        server=connection.server,
        version=version,
        seconds_ahead=connection.seconds_ahead,
        own=own,
        application=application,
        project=project,
        infisical_pods=pods,
        operator=served,
        operator_pods=_of_operator(all_pods.result()),
        lacking=lacking,
        stores=found_stores,
        external_secrets=found_externals,
        secrets=held.result(),
        app_pods=app_pods,
        backup_job=backup_job.result(),
        obstacles=await obstacles(connection, homelab.store.host_api) if blocked else (),
        logs=await read_logs(connection, () if isinstance(pods, Unread) else pods),
        warnings=dict(zip(unwell, explained, strict=False)),
    )


async def _read_application(
    connection: Connection, homelab: Homelab[None]
) -> tuple[Object | Unread | None, Object | Unread | None]:
    if homelab.infisical.install != "argocd":
        return None, None
    home = _ARGOCD.format(homelab.argocd.namespace)
    application = await object_at(connection, f"{home}/applications/{APPLICATION}")
    if application is None or isinstance(application, Unread):
        return application, None
    name = (application.get("spec") or {}).get("project") or DEFAULT_PROJECT
    return application, await object_at(connection, f"{home}/appprojects/{name}")


async def _read_infisical_pods(connection: Connection, homelab: Homelab[None]) -> list[Object] | Unread:
    if not homelab.infisical.is_installed:
        return []
    found = await listed(connection, f"/api/v1/namespaces/{INFISICAL_NAMESPACE}/pods")
    return found if isinstance(found, Unread) else without_backups(found)


def without_backups(pods: Sequence[Object]) -> list[Object]:
    """Without those of the job that backs up the database: Infisical runs without them."""
    return [pod for pod in pods if (pod["metadata"].get("labels") or {}).get(_NAME) != BACKUP_JOB]


async def read_backup_job(connection: Connection, homelab: Homelab[None]) -> Object | Unread | None:
    """The CronJob that backs up the database, if one is declared and exists."""
    if not homelab.backup.job:
        return None
    return await object_at(connection, f"/apis/batch/v1/namespaces/{INFISICAL_NAMESPACE}/cronjobs/{BACKUP_JOB}")


def _in_namespaces(pods: list[Object] | Unread, namespaces: Collection[str]) -> list[Object] | Unread:
    return pods if isinstance(pods, Unread) else [pod for pod in pods if pod["metadata"]["namespace"] in namespaces]


def _of_operator(pods: list[Object] | Unread) -> list[Object] | Unread:
    """Without those of its webhook and its certificates."""
    found = _in_namespaces(pods, (ESO_NAMESPACE,))
    if isinstance(found, Unread):
        return found
    return [pod for pod in found if (pod["metadata"].get("labels") or {}).get(_NAME) == "external-secrets"]


async def _read_operator(connection: Connection, homelab: Homelab[None]) -> tuple[bool | Unread, list[str]]:
    fields = operator_fields(homelab.store, homelab.delivered_secrets)
    try:
        served, lacking = await asyncio.gather(connection.get(API), missing_fields(connection, fields))
    except KubernetesError as error:
        return Unread.because(error), []
    return served is not None, lacking if served else []


async def _read_secrets(connection: Connection, secrets: Sequence[AppSecret]) -> dict[str, Object] | Unread:
    """Those of the declaration. One that the operator has never written has no label, and is read by itself."""
    kind = DELIVERED_SECRETS
    found = await listed(connection, f"{kind.group}/{kind.plural}", kind.selector)
    by_place = {} if isinstance(found, Unread) else _placed(found)
    missing = [secret.place for secret in secrets if secret.place not in by_place]
    single = await gathered(object_at(connection, kind.path(*place.split("/"))) for place in missing)
    for place, each in zip(missing, single, strict=True):
        if isinstance(each, Unread):
            return found if isinstance(found, Unread) else each
        if each is not None:
            by_place[place] = each
    return by_place


def _unwell(
    stores: Mapping[str, Object] | Unread,
    externals: Mapping[str, Object] | Unread,
    pods: Sequence[Object] | Unread,
    places: set[str],
) -> list[Place]:
    """What is not well, as kind and place."""
    found: list[Place] = []
    for name, store in ({} if isinstance(stores, Unread) else stores).items():
        found += [(CLUSTER_STORE, name)] * _is_bad(store_of("", name, "", store).ready)
    for pod in () if isinstance(pods, Unread) else pods:
        found += [("Pod", f"{pod['metadata']['namespace']}/{pod['metadata']['name']}")] * (not is_well(pod))
    for place, each in ({} if isinstance(externals, Unread) else externals).items():
        found += [("ExternalSecret", place)] * (place in places and _is_bad(external_secret_of(each).ready))
    return found


def _waiting(pods: Sequence[Object] | Unread, secrets: Sequence[AppSecret]) -> list[Place]:
    """The apps' pods that have not started, and mount one of these Secrets."""
    names: dict[str, set[str]] = {}
    for secret in secrets:
        names.setdefault(secret.namespace, set()).add(secret.name)
    places = [(pod["metadata"]["namespace"], pod) for pod in (() if isinstance(pods, Unread) else pods)]
    waiting = [pod for namespace, pod in places if waits_for(pod, names.get(namespace, ()))]
    return [("Pod", f"{pod['metadata']['namespace']}/{pod['metadata']['name']}") for pod in waiting]


def _is_bad(ready: Condition) -> bool:
    return not ready.good


async def _explained(connection: Connection, kind: str, place: str) -> list[str]:
    namespace, _, name = place.rpartition("/")
    return await warnings(connection, namespace or CLUSTER_SCOPED, kind, name)


def _by_place(found: list[Object] | Unread) -> dict[str, Object] | Unread:
    return found if isinstance(found, Unread) else _placed(found)


def _placed(found: Sequence[Object]) -> dict[str, Object]:
    return {
        "/".join(filter(None, (each["metadata"].get("namespace"), each["metadata"]["name"]))): each for each in found
    }


def _held(found: Object | Unread | None) -> Held | Unread | None:
    if found is None or isinstance(found, Unread):
        return found
    data: Mapping[str, Any] = found.get("data") or {}
    version = str(found["metadata"].get("resourceVersion") or "")
    return Held({key: _decoded(str(text)) for key, text in data.items()}, version, _writers(found["metadata"]))


def _writers(metadata: Mapping[str, Any]) -> dict[str, list[str]]:
    """By key of a Secret, the field managers other than this program."""
    writers: dict[str, list[str]] = {}
    for entry in metadata.get("managedFields") or ():
        manager = str(entry.get("manager"))
        for name in ((entry.get("fieldsV1") or {}).get("f:data") or {}) if manager != FIELD_MANAGER else ():
            writers.setdefault(name.removeprefix("f:"), []).append(manager)
    return writers


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except binascii.Error:
        return b""
