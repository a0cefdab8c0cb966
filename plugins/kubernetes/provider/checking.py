"""Check: from the program's inputs to the inputs that are compared, written and kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pulumi.runtime.proto import provider_pb2

from plugins.kubernetes import INSTALL
from plugins.kubernetes.awaiting.conditions import wait_for
from plugins.kubernetes.cluster.cluster import Cluster
from plugins.kubernetes.objects.canonical import canonical
from plugins.kubernetes.objects.kinds import Kind, is_patch
from plugins.kubernetes.objects.kubernetes_object import AUTONAMED, SKIP_AWAIT, WAIT_FOR, KubernetesObject
from plugins.kubernetes.objects.naming import adopt_name, assign_name, generates_name
from plugins.kubernetes.objects.secrecy import mark_secrets
from plugins.kubernetes.provider.refusals import refuse_unsupported
from plugins.protocol.errors import ProviderError
from tooling.plugin.properties import Properties, Value

MANAGED_BY = "app.kubernetes.io/managed-by"


@dataclass(frozen=True)
class Naming:
    """What the engine sends for the name of an object."""

    resource: str
    seed: bytes
    options: provider_pb2.CheckRequest.AutonamingOptions | None


async def check(
    token: str, olds: Mapping[str, Value], news: Mapping[str, Value], naming: Naming, cluster: Cluster
) -> Properties:
    """
    The inputs in canonical form, with a name, a namespace and secret marks.

    :raises ProviderError: the inputs are not valid, or the kind is not supported
    """
    given = KubernetesObject.from_properties(news)
    refuse_unsupported(token, given.kind)
    _require_kind(given)
    _refuse_waiting_for_a_volume(given)
    if expression := given.annotation(WAIT_FOR):
        wait_for(expression)
    inputs = canonical(given)
    if is_patch(token, inputs.kind) and not inputs.is_named:
        raise ProviderError("patch resources require the `.metadata.name` field to be set")

    if olds:
        old = KubernetesObject.from_properties(olds)
        inputs = _with_kept_label(adopt_name(inputs, old), old)
    else:
        inputs = assign_name(inputs, naming.resource, naming.seed, naming.options)
    if generates_name(inputs) and not inputs.is_named:
        raise ProviderError("the `.metadata.generateName` field is not supported in Server-Side Apply mode")
    inputs = await _in_default_namespace(inputs, cluster)

    checked = inputs.to_properties()
    mark_secrets(checked, news)
    return checked


def _refuse_waiting_for_a_volume(given: KubernetesObject) -> None:
    if given.kind == Kind("v1", "PersistentVolumeClaim") and given.annotation(SKIP_AWAIT) != "true":
        message = (
            "waiting for the volume of a PersistentVolumeClaim is not supported by this Python kubernetes provider; "
            f'expected the annotation {SKIP_AWAIT}: "true". Fix: set it, or {INSTALL}'
        )
        raise ProviderError(message)


def sets_internal_annotation(news: Mapping[str, Value]) -> bool:
    """Whether the program sets the annotation that marks autonamed objects."""
    return bool(KubernetesObject.from_properties(news).annotation(AUTONAMED))


def _require_kind(inputs: KubernetesObject) -> None:
    missing = [key for key in ("apiVersion", "kind") if not inputs.body.get(key)]
    if missing:
        message = (
            f"{' and '.join(missing)} not found; expected apiVersion and kind, such as v1 and Secret. Fix: set both"
        )
        raise ProviderError(message)


def _with_kept_label(inputs: KubernetesObject, old: KubernetesObject) -> KubernetesObject:
    """Objects of an earlier client-side apply have a label of Pulumi, which they keep."""
    labels = old.metadata.get("labels")
    kept = inputs.metadata.get("labels") or {}
    if not isinstance(labels, dict) or labels.get(MANAGED_BY) != "pulumi" or not isinstance(kept, dict):
        return inputs
    return inputs.with_metadata(labels={**kept, MANAGED_BY: "pulumi"})


async def _in_default_namespace(inputs: KubernetesObject, cluster: Cluster) -> KubernetesObject:
    """Objects without a namespace go to the default one, unless their kind is known to have none."""
    if inputs.metadata.get("namespace") or not cluster.default_namespace:
        return inputs
    if await cluster.is_namespaced(inputs.kind) is False:
        return inputs
    return inputs.with_namespace(cluster.default_namespace)
