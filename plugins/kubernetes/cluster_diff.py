"""What Diff has to ask the cluster, where the state does not say it."""

from __future__ import annotations

from collections.abc import Mapping

from plugins.kubernetes.cluster import Cluster
from plugins.kubernetes.errors import ClusterUnreachable
from plugins.kubernetes.manifest import (
    REPLACE_UNREADY,
    Manifest,
    annotation,
    kind_of,
    metadata,
    name_of,
    namespace_of,
    to_manifest,
)
from plugins.kubernetes.workloads import job
from plugins.protocol.properties import Value


async def is_namespaced(cluster: Cluster, olds: Mapping[str, Value], news: Mapping[str, Value]) -> bool:
    """Whether the kind's objects live in namespaces; a live object shows it, so a preview asks nothing."""
    kind = kind_of(to_manifest({key: news[key] for key in ("apiVersion", "kind") if key in news}))
    if kind.namespaced is not None:
        return kind.namespaced
    live = _live(olds)
    if metadata(live).get("uid"):
        return bool(namespace_of(live))
    return await cluster.is_namespaced(kind) is not False


async def replaces_unready(cluster: Cluster, olds: Mapping[str, Value], news: Mapping[str, Value]) -> bool:
    """Whether the program wants a job that did not succeed to run anew, and it did not."""
    new = to_manifest(news)
    kind = kind_of(new)
    if annotation(new, REPLACE_UNREADY) != "true" or (kind.group, kind.name) != ("batch", "Job"):
        return False
    live = _live(olds)
    try:
        current = await cluster.find(kind, namespace_of(live), name_of(live))
    except ClusterUnreachable:
        return False
    return current is not None and not job(current).ready


def _live(olds: Mapping[str, Value]) -> Manifest:
    return to_manifest({"metadata": olds.get("metadata")})
