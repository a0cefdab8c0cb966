"""What Argo CD reports about the Application that installs Infisical."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from infisical.api.http.call import hidden
from tooling.kubernetes.errors import KubernetesError

if TYPE_CHECKING:
    from infisical.cluster import Cluster

MOST_RESOURCES: Final = 5
LONGEST: Final = 500

Object = dict[str, Any]


async def application_report(cluster: Cluster, application: str) -> list[str]:
    """
    Return the Application's conditions, health and sync status, one line each, without the passwords of its values.

    :param application: namespace and name, joined by '/'
    """
    namespace, _, name = application.partition("/")
    try:
        found = await cluster.connection.get(f"/apis/argoproj.io/v1alpha1/namespaces/{namespace}/applications/{name}")
    except KubernetesError as error:
        return [f"the Application could not be read: {error}"]
    if found is None:
        return ["the Application was not found"]
    return reported(found)


def reported(found: Object) -> list[str]:
    """The same lines for an Application that was read."""
    passwords = set(_passwords(_mapping(found.get("spec"))))
    return [hidden(" ".join(line.split())[:LONGEST], passwords) for line in _lines(_mapping(found.get("status")))]


def _lines(status: Object) -> Iterator[str]:
    if not status:
        yield "no status yet; check that Argo CD runs, and that it watches the Application's namespace"
        return
    for condition in _mappings(status.get("conditions")):
        yield f"{condition.get('type')}: {condition.get('message')}"
    yield _joined("health", _mapping(status.get("health")), "status")
    yield _joined("sync", _mapping(status.get("sync")), "status")
    operation = _mapping(status.get("operationState"))
    if operation.get("phase") not in (None, "Succeeded"):
        yield _joined("last sync operation", operation, "phase")
    resources = [
        (each, health)
        for each in _mappings(status.get("resources"))
        if (health := _mapping(each.get("health"))) and health.get("status") != "Healthy"
    ]
    for each, health in resources[:MOST_RESOURCES]:
        yield _joined(f"{each.get('kind')} {each.get('namespace')}/{each.get('name')}", health, "status")


def _joined(what: str, found: Object, field: str) -> str:
    message = found.get("message")
    return f"{what}: {found.get(field) or 'Unknown'}" + (f", {message}" if message else "")


def _passwords(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, str) and str(key).lower().endswith("password"):
                yield inner
            yield from _passwords(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _passwords(inner)


def _mapping(value: object) -> Object:
    return value if isinstance(value, dict) else {}


def _mappings(value: object) -> list[Object]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
