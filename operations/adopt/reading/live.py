"""Reads ExternalSecrets and stores from the cluster."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from operations.adopt.objects import EXTERNAL_SECRET, GROUP, STORES, Found, Inputs, Unread, entries, mapping
from operations.adopt.reading.by_hand import secrets_by_hand
from operations.errors import OperationError
from tooling.kubernetes.kubectl import Kubectl, KubectlError

_RESOURCES: Final = tuple(f"{kind.lower()}s.{GROUP}" for kind in (EXTERNAL_SECRET, *STORES))


def read_cluster(kubectl: Kubectl, namespaces: Sequence[str], *, secrets: bool = False) -> Inputs:
    """
    Read the objects of the operator.

    :param namespaces: only these; all if empty
    :param secrets: whether to read the Secrets that somebody made by hand, too
    :raises OperationError: the cluster could not be read, or has no operator
    """
    inputs = Inputs()
    for resource in _RESOURCES:
        for content in _listed(kubectl, resource):
            metadata = mapping(content.get("metadata"))
            namespace = str(metadata.get("namespace") or "")
            found = Found(content, namespace)
            owner = next((mapping(each) for each in entries(metadata.get("ownerReferences"))), {})
            if found.kind == EXTERNAL_SECRET and namespaces and namespace not in namespaces:
                continue
            if found.kind == EXTERNAL_SECRET and owner:
                reason = f"{owner.get('kind')} {owner.get('name')} makes it, and would make it again"
                inputs.unread.append(Unread(f"{found.kind} {found.place}", reason))
            else:
                inputs.add(found)
    inputs.secrets = secrets_by_hand(kubectl, namespaces) if secrets else []
    return inputs


def _listed(kubectl: Kubectl, resource: str) -> list[dict[str, object]]:
    try:
        return kubectl.list(resource)
    except KubectlError as error:
        if "have a resource type" in error.stderr:
            what = "The cluster has no External Secrets Operator"
            raise OperationError(
                what, found=f"no {resource}", fix="choose the cluster with KUBECONFIG, or name files instead of --live"
            ) from error
        what = "The ExternalSecrets of the cluster cannot be read"
        raise OperationError(
            what, found=str(error), fix="choose the cluster with KUBECONFIG, then run the command again"
        ) from error
