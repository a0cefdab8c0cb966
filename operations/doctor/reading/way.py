"""What may keep the operator from reaching an address in the cluster: its Service, or a NetworkPolicy."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from operations.doctor.facts import Object, Unread
from operations.doctor.reading.asking import listed, object_at
from tooling.kubernetes.connection import Connection

_OF_SERVICE = "kubernetes.io/service-name"


async def obstacles(connection: Connection, url: str) -> tuple[str, ...]:
    """Each in one line; none for an address outside the cluster, or if the user may not read these objects."""
    place = service_of(url)
    if place is None:
        return ()
    name, namespace = place
    home = f"namespaces/{namespace}"
    service, slices, policies = await asyncio.gather(
        object_at(connection, f"/api/v1/{home}/services/{name}"),
        listed(connection, f"/apis/discovery.k8s.io/v1/{home}/endpointslices", f"{_OF_SERVICE}={name}"),
        listed(connection, f"/apis/networking.k8s.io/v1/{home}/networkpolicies"),
    )
    if service is None:
        return (f"Service {namespace}/{name} does not exist",)
    found = [] if isinstance(service, Unread) else [*_of_service(service, f"{namespace}/{name}", _port(url))]
    if not isinstance(slices, Unread) and not any(map(_is_ready, slices)):
        found.append(f"Service {namespace}/{name} has no ready endpoint")
    return (*found, *([] if isinstance(policies, Unread) else _of_policies(policies, namespace)))


def service_of(url: str) -> tuple[str, str] | None:
    """Name and namespace of the Service that an address names; None for any other address."""
    parts = (urlsplit(url).hostname or "").split(".")
    if len(parts) >= 3 and parts[2] == "svc":
        return parts[0], parts[1]
    return None


def _port(url: str) -> int:
    parts = urlsplit(url)
    return parts.port or (443 if parts.scheme == "https" else 80)


def _of_service(service: Object, place: str, port: int) -> Iterator[str]:
    ports = [each.get("port") for each in (service.get("spec") or {}).get("ports") or ()]
    if port not in ports:
        yield f"Service {place} has no port {port}; it has {', '.join(map(str, ports)) or 'none'}"


def _is_ready(found: Object) -> bool:
    # A condition that is absent means ready.
    return any((each.get("conditions") or {}).get("ready") is not False for each in found.get("endpoints") or ())


def _of_policies(policies: Sequence[Object], namespace: str) -> Iterator[str]:
    for each in policies:
        spec = each.get("spec") or {}
        if "Ingress" in (spec.get("policyTypes") or ["Ingress"]):
            yield f"NetworkPolicy {namespace}/{each['metadata']['name']} restricts who may connect to pods there"
