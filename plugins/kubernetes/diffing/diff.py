"""The effect of an update on a resource, from its state and its new inputs alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from plugins.kubernetes.cluster.cluster import Cluster
from plugins.kubernetes.diffing.changes import Change, changes
from plugins.kubernetes.objects.canonical import canonical, pruned
from plugins.kubernetes.objects.kinds import Kind, is_patch
from plugins.kubernetes.objects.kubernetes_object import AUTONAMED, KubernetesObject
from plugins.kubernetes.objects.paths import covers, parse_path
from plugins.kubernetes.objects.state import read_state
from tooling.plugin.properties import Value

IDENTITY = ("metadata.name", "metadata.namespace")
SECRET_DATA = ("type", "stringData", "data")
CONFIG_MAP_DATA = ("binaryData", "data")
CLAIM = ("spec",)


@dataclass(frozen=True)
class Difference:
    """The changes. A replacement deletes the old object first if the new object has the same name."""

    changes: list[Change]
    delete_before_replace: bool


async def is_namespaced(cluster: Cluster, state: Mapping[str, Value], news: Mapping[str, Value]) -> bool:
    """Whether the kind's objects are in a namespace. A live object shows it, so most previews send no request."""
    kind = KubernetesObject.from_properties({key: news[key] for key in ("apiVersion", "kind") if key in news}).kind
    if kind.namespaced is not None:
        return kind.namespaced
    live = KubernetesObject.from_properties({"metadata": state.get("metadata")})
    if live.uid:
        return bool(live.namespace)
    return await cluster.is_namespaced(kind) is not False


def difference(
    token: str,
    properties: Mapping[str, Value],
    news: Mapping[str, Value],
    *,
    namespaced: bool,
    mutable_secrets: bool,
    ignored: Iterable[str] = (),
) -> Difference:
    """
    Compare the live object, reduced to the fields of its inputs, with the new inputs.

    :param namespaced: whether the kind's objects are in a namespace
    :param mutable_secrets: whether an update changes a Secret's data in place
    :param ignored: property paths that are not compared
    """
    state = read_state(properties)
    new = _placed(canonical(KubernetesObject.from_properties(news)), namespaced=namespaced)
    pruned_live = KubernetesObject.from_body(pruned(state.live.body, canonical(state.inputs).body))
    old = _aligned(_placed(pruned_live, namespaced=namespaced), new, state.live)

    immutable = IDENTITY if is_patch(token, new.kind) else _immutable_fields(new, mutable_secrets=mutable_secrets)
    ignored_paths = [parse_path(path) for path in ignored]
    found = [
        change
        for change in changes(old.body, new.body, immutable)
        if not any(covers(path, change.path) for path in ignored_paths)
    ]
    replaced = any(change.replaces for change in found)
    return Difference(found, replaced and _keeps_name(new, state.live))


def _immutable_fields(new: KubernetesObject, *, mutable_secrets: bool) -> tuple[str, ...]:
    """
    The paths of fields whose change needs a replacement.

    By default, the data of a Secret or ConfigMap is one of them: nothing restarts the pods that read it.
    """
    if new.kind == Kind("v1", "Secret"):
        frozen = new.body.get("immutable") is True or not mutable_secrets
        return (*IDENTITY, *(SECRET_DATA if frozen else ("type",)))
    if new.kind == Kind("v1", "ConfigMap"):
        return (*IDENTITY, *CONFIG_MAP_DATA)
    if new.kind == Kind("v1", "PersistentVolumeClaim"):
        return (*IDENTITY, *CLAIM)
    return IDENTITY


def _placed(compared: KubernetesObject, *, namespaced: bool) -> KubernetesObject:
    """The object in its effective namespace. An unknown namespace stays, because it is a difference."""
    if not namespaced:
        return compared.with_namespace("")
    if not isinstance(compared.metadata.get("namespace", ""), str):
        return compared
    return compared.with_namespace(compared.namespace or "default")


def _aligned(old: KubernetesObject, new: KubernetesObject, live: KubernetesObject) -> KubernetesObject:
    """The old object without differences that mean nothing."""
    identity = {key: new.body[key] for key in ("apiVersion", "kind") if not old.body.get(key) and key in new.body}
    old = old.with_body(**identity).with_metadata(resourceVersion=None)
    return old.with_metadata(name=live.name) if new.name else old


def _keeps_name(new: KubernetesObject, live: KubernetesObject) -> bool:
    """Whether the program insists on the name and namespace of the old object."""
    return (
        new.is_named
        and new.annotation(AUTONAMED) != "true"
        and new.name == live.name
        and new.namespace == live.namespace
    )
