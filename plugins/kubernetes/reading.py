"""Read: an object as it is now, for a refresh, an import, or a resource that only looks something up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from plugins.kubernetes.bookkeeping import manager_for, read_state, write_state
from plugins.kubernetes.cluster import Cluster
from plugins.kubernetes.errors import ApiError, KindUnknown
from plugins.kubernetes.inputs import READ_ONLY_METADATA, canonical, pruned
from plugins.kubernetes.kinds import kind_of_type
from plugins.kubernetes.manifest import (
    Manifest,
    kind_of,
    metadata,
    namespace_of,
    split_id,
    to_manifest,
    to_properties,
)
from plugins.kubernetes.readiness import unreadiness
from plugins.kubernetes.secrecy import mark_secrets
from plugins.protocol.errors import InitializationError, ProviderError
from plugins.protocol.properties import Properties, Value

CONTROLLERS_ANNOTATIONS = (
    "deployment.kubernetes.io/revision",
    "kubectl.kubernetes.io/last-applied-configuration",
)


@dataclass(frozen=True)
class Reading:
    id: str
    state: Properties
    inputs: Properties


@dataclass(frozen=True)
class Known:
    """The inputs that a resource has, or at least its identity; `imported` where there were none."""

    inputs: Manifest
    imported: bool


async def read(
    cluster: Cluster, token: str, id: str, state: Mapping[str, Value], inputs: Mapping[str, Value]
) -> Reading | None:
    """
    The live object, and the inputs that would lead to it; None where it is gone.

    :raises InitializationError: it is there, but not ready
    """
    record = read_state(state)
    namespace, name = split_id(id)
    if not name:
        message = f"failed to read resource because of a failure to parse resource name from request ID: {id}"
        raise ProviderError(message)
    known = _known(token, id, record.live, canonical(to_manifest(inputs)))
    kind = kind_of(known.inputs)
    try:
        live = await cluster.find(kind, namespace_of(known.inputs) or namespace, name)
    except KindUnknown:
        return None
    except ApiError as error:
        message = f"cannot read {kind} {id}: {error.message}"
        raise ProviderError(message) from None
    if live is None:
        return None

    live_inputs = _live_inputs(live, known)
    read_inputs = to_properties(live_inputs)
    mark_secrets(read_inputs, inputs)
    read_state_ = write_state(
        live_inputs,
        live,
        inputs,
        field_manager=manager_for(known.inputs, record),
        initial_api_version=record.initial_api_version or known.inputs.get("apiVersion", ""),
    )
    verdict = None if known.imported else unreadiness(known.inputs, live)
    if verdict is not None:
        message = f"Resource '{name}' was created but failed to initialize"
        raise InitializationError(
            message, id=id, properties=read_state_, reasons=[message, *verdict.problems], inputs=read_inputs
        )
    return Reading(id, read_state_, read_inputs)


def _known(token: str, id: str, live: Manifest, inputs: Manifest) -> Known:
    if kind_of(inputs).name:
        return Known(inputs, imported=False)
    namespace, name = split_id(id)
    imported = not kind_of(live).name
    kind = kind_of_type(token) if imported else kind_of(live)
    place = {"name": name, **({"namespace": namespace} if namespace else {})}
    identity = {**inputs, "apiVersion": kind.api_version, "kind": kind.name}
    identity["metadata"] = {**place, **metadata(inputs)}
    return Known(identity, imported)


def _live_inputs(live: Manifest, known: Known) -> Manifest:
    """What the inputs say, as it is now; of an import everything that could be an input."""
    if not known.imported:
        found: Manifest = pruned(live, known.inputs)
        return found
    inputs: Manifest = {key: value for key, value in live.items() if key != "status"}
    annotations = {
        key: value
        for key, value in (metadata(live).get("annotations") or {}).items()
        if key not in CONTROLLERS_ANNOTATIONS
    }
    inputs["metadata"] = {
        key: value for key, value in metadata(live).items() if key not in READ_ONLY_METADATA and key != "annotations"
    }
    if annotations:
        inputs["metadata"]["annotations"] = annotations
    return inputs
