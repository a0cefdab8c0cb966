"""What may keep the operator from reaching an address in the cluster: its Service, or a NetworkPolicy."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from declaration.objects import ESO_NAMESPACE
from operations.doctor.facts import Object, Obstacle, Unread
from operations.doctor.reading.asking import listed, object_at
from tooling.kubernetes.connection import Connection

_OF_SERVICE = "kubernetes.io/service-name"
_OPERATOR: Final = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": ESO_NAMESPACE}}}
"""The peer of a NetworkPolicy that is the operator's namespace."""


async def obstacles(connection: Connection, url: str) -> tuple[Obstacle, ...]:
    """None for an address outside the cluster, or if the user may not read these objects."""
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
    where = f"Service {namespace}/{name}"
    look = f"`kubectl -n {namespace} get services`"
    if service is None:
        return (Obstacle(f"{where} does not exist", f"{look} shows its name: correct `hostAPI` in homelab:store"),)
    found = [] if isinstance(service, Unread) else [*_of_service(service, where, _port(url))]
    if not isinstance(slices, Unread) and not any(map(_is_ready, slices)):
        pods = f"`kubectl -n {namespace} get pods` shows why none of its pods is ready"
        found.append(Obstacle(f"{where} has no ready endpoint", pods))
    if isinstance(policies, Unread):
        return tuple(found)
    labels = {} if service is None or isinstance(service, Unread) else (service.get("spec") or {}).get("selector") or {}
    return (*found, *_of_policies(policies, namespace, labels))


def service_of(url: str) -> tuple[str, str] | None:
    """Name and namespace of the Service that an address names; None for any other address."""
    parts = (urlsplit(url).hostname or "").split(".")
    if len(parts) >= 3 and parts[2] == "svc":
        return parts[0], parts[1]
    return None


def _port(url: str) -> int:
    parts = urlsplit(url)
    return parts.port or (443 if parts.scheme == "https" else 80)


def _of_service(service: Object, where: str, port: int) -> Iterator[Obstacle]:
    ports = [each.get("port") for each in (service.get("spec") or {}).get("ports") or ()]
    if port not in ports:
        shown = ", ".join(map(str, ports)) or "none"
        yield Obstacle(f"{where} has no port {port}; it has {shown}", "correct the port of `hostAPI` in homelab:store")


def _is_ready(found: Object) -> bool:
    # A condition that is absent means ready.
    return any((each.get("conditions") or {}).get("ready") is not False for each in found.get("endpoints") or ())


def _of_policies(policies: Sequence[Object], namespace: str, labels: Mapping[str, str]) -> Iterator[Obstacle]:
    """
    The policies that select the pods, if none of them lets the operator in: what one policy allows is allowed.

    :param labels: of the Service's pods
    """
    selecting = [each for each in policies if _restricts(each, labels)]
    if any(_lets_in(each) for each in selecting):
        return
    for each in selecting:
        name = each["metadata"]["name"]
        path, rule = "/spec/ingress/-", {"from": [_OPERATOR]}
        added: Any = rule
        if not (each.get("spec") or {}).get("ingress"):
            path, added = "/spec/ingress", [rule]
        patch = json.dumps([{"op": "add", "path": path, "value": added}])
        yield Obstacle(
            f"NetworkPolicy {namespace}/{name} lets no connection of the namespace {ESO_NAMESPACE} in",
            f"`kubectl -n {namespace} patch networkpolicy {name} --type=json -p '{patch}'`, or the same change where "
            "the policy is declared",
        )


def _restricts(policy: Object, labels: Mapping[str, str]) -> bool:
    spec = policy.get("spec") or {}
    selector = spec.get("podSelector") or {}
    # `matchExpressions` are not evaluated: a policy with them counts as one that selects the pods.
    selects = (selector.get("matchLabels") or {}).items() <= labels.items() or not labels
    return "Ingress" in (spec.get("policyTypes") or ["Ingress"]) and selects


def _lets_in(policy: Object) -> bool:
    """Whether a rule names everybody, every namespace, or that of the operator. Its ports are not compared."""
    for rule in (policy.get("spec") or {}).get("ingress") or ():
        peers = rule.get("from") or ()
        if not peers or any(each in (_OPERATOR, {"namespaceSelector": {}}) for each in peers):
            return True
    return False
