"""Read: the live object, for a refresh, an import or a lookup."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from plugins.kubernetes.cluster.cluster import Cluster
from plugins.kubernetes.cluster.errors import ApiError, KindUnknown
from plugins.kubernetes.objects.canonical import READ_ONLY_METADATA, canonical, pruned
from plugins.kubernetes.objects.kinds import kind_of_type
from plugins.kubernetes.objects.kubernetes_object import KubernetesObject, split_id
from plugins.kubernetes.objects.secrecy import mark_secrets
from plugins.kubernetes.objects.state import State, manager_for, read_state, write_state
from plugins.kubernetes.provider.refusals import refuse_unsupported
from plugins.protocol.errors import ProviderError
from tooling.plugin.properties import Properties, Value

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


@dataclass(frozen=True)
class Reading:
    id: str
    state: Properties
    inputs: Properties


@dataclass(frozen=True)
class Known:
    """The inputs of a resource, or at least its identity; `imported` if there were no inputs."""

    inputs: KubernetesObject
    imported: bool


async def read(
    cluster: Cluster, token: str, id: str, state: Mapping[str, Value], inputs: Mapping[str, Value]
) -> Reading | None:
    """The live object and the inputs that would lead to it; None if the object is gone."""
    old = read_state(state)
    namespace, name = split_id(id)
    if not name:
        message = (
            f"the ID {id!r} contains no name; expected NAME or NAMESPACE/NAME. Fix: pass such an ID to `pulumi import`"
        )
        raise ProviderError(message)
    known = _known(token, id, old.live, canonical(KubernetesObject.from_properties(inputs)))
    kind = known.inputs.kind
    refuse_unsupported(token, kind)
    try:
        live = await cluster.find(kind, known.inputs.namespace or namespace, name)
    except KindUnknown:
        return None
    except ApiError as error:
        message = f"cannot read {kind} {id}: {error.message}"
        raise ProviderError(message) from None
    if live is None:
        return None

    live_inputs = _live_inputs(live, known)
    read_inputs = live_inputs.to_properties()
    mark_secrets(read_inputs, inputs)
    new = State(
        inputs=live_inputs,
        live=live,
        field_manager=manager_for(known.inputs, old),
        initial_api_version=old.initial_api_version or known.inputs.api_version,
    )
    return Reading(id, write_state(new, inputs), read_inputs)


def _known(token: str, id: str, live: KubernetesObject, inputs: KubernetesObject) -> Known:
    if inputs.kind.name:
        return Known(inputs, imported=False)
    namespace, name = split_id(id)
    imported = not live.kind.name
    kind = kind_of_type(token) if imported else live.kind
    place = {"name": name, **({"namespace": namespace} if namespace else {})}
    identity = inputs.with_body(apiVersion=kind.api_version, kind=kind.name, metadata={**place, **inputs.metadata})
    return Known(identity, imported)


def _live_inputs(live: KubernetesObject, known: Known) -> KubernetesObject:
    """The current values of the inputs; for an import, everything that can be an input."""
    if not known.imported:
        return KubernetesObject.from_body(pruned(live.body, known.inputs.body))
    annotations = {key: value for key, value in (live.metadata.get("annotations") or {}).items() if key != LAST_APPLIED}
    body = {key: value for key, value in live.body.items() if key != "status"}
    return KubernetesObject.from_body(body).with_metadata(
        **dict.fromkeys(READ_ONLY_METADATA), annotations=annotations or None
    )
