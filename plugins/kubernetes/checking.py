"""Check: from what the program says to the inputs that are compared, written and kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pulumi.runtime.proto import provider_pb2

from plugins.kubernetes.cluster import Cluster
from plugins.kubernetes.inputs import canonical
from plugins.kubernetes.kinds import is_list, is_object, is_patch
from plugins.kubernetes.manifest import (
    AUTONAMED,
    Manifest,
    annotation,
    is_named,
    kind_of,
    metadata,
    set_namespace,
    to_manifest,
    to_properties,
)
from plugins.kubernetes.naming import adopt_name, assign_name, generates_name
from plugins.kubernetes.secrecy import mark_secrets
from plugins.protocol.errors import ProviderError
from plugins.protocol.properties import Properties, Value

MANAGED_BY = "app.kubernetes.io/managed-by"

LISTS_REFUSED = (
    "list resources exist for compatibility with YAML manifests and Helm charts, "
    "and cannot be created directly. Use the underlying resource type instead"
)


@dataclass(frozen=True)
class Naming:
    """What the engine gives for naming an object."""

    resource: str
    seed: bytes
    options: provider_pb2.CheckRequest.AutonamingOptions | None


async def check(
    token: str, olds: Mapping[str, Value], news: Mapping[str, Value], naming: Naming, cluster: Cluster
) -> Properties:
    """
    The inputs in their canonical form, named, in a namespace, with what is secret marked.

    :raises ProviderError: the resource cannot be had
    """
    _refuse_others(token)
    inputs = canonical(to_manifest(news))
    kind = kind_of(inputs)
    _require_kind(inputs)
    if is_patch(token, kind.name) and not is_named(inputs):
        raise ProviderError("patch resources require the `.metadata.name` field to be set")

    if olds:
        old = to_manifest(olds)
        adopt_name(inputs, old)
        _keep_label(inputs, old)
    else:
        assign_name(inputs, naming.resource, naming.seed, naming.options)
    if generates_name(inputs) and not is_named(inputs):
        raise ProviderError("the `.metadata.generateName` field is not supported in Server-Side Apply mode")
    await _place(inputs, cluster)

    checked = to_properties(inputs)
    mark_secrets(checked, news)
    return checked


def names_internal_annotation(news: Mapping[str, Value]) -> bool:
    """Whether the program sets the annotation that marks autonamed objects."""
    return bool(annotation(to_manifest(news), AUTONAMED))


def _refuse_others(token: str) -> None:
    if not is_object(token):
        message = (
            f"{token} is no Kubernetes object: charts and overlays are what this provider does not render; "
            "declare the objects themselves, or use the official kubernetes provider"
        )
        raise ProviderError(message)
    if is_list(token):
        raise ProviderError(LISTS_REFUSED)


def _require_kind(inputs: Manifest) -> None:
    missing = [key for key in ("apiVersion", "kind") if not inputs.get(key)]
    if missing:
        message = f"{' and '.join(missing)} must be set: they say which kind of object this is"
        raise ProviderError(message)


def _keep_label(inputs: Manifest, old: Manifest) -> None:
    """Objects that were once written by client-side apply carry a label of Pulumi's; they keep it."""
    labels = metadata(old).get("labels")
    if isinstance(labels, dict) and labels.get(MANAGED_BY) == "pulumi":
        kept = inputs.setdefault("metadata", {}).setdefault("labels", {})
        if isinstance(kept, dict):
            kept[MANAGED_BY] = "pulumi"


async def _place(inputs: Manifest, cluster: Cluster) -> None:
    """Objects without a namespace go to the default one, where their kind has namespaces or nobody knows."""
    if metadata(inputs).get("namespace") or not cluster.default_namespace:
        return
    if await cluster.is_namespaced(kind_of(inputs)) is not False:
        set_namespace(inputs, cluster.default_namespace)
