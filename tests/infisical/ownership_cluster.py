"""A fake cluster with collections: the lists of metadata that the API server gives."""

from __future__ import annotations

from typing import Any

from tests.infisical.fake_cluster import FakeCluster

SECRETS, EXTERNAL_SECRETS, NAMESPACES = (
    "/api/v1/secrets",
    "/apis/external-secrets.io/v1/externalsecrets",
    "/api/v1/namespaces",
)
PROJECTS = "/apis/argoproj.io/v1alpha1/appprojects"
OURS = "pulumi-homelab"


def managed(*managers: str) -> list[dict[str, Any]]:
    return [{"manager": manager, "operation": "Apply"} for manager in managers]


def add(cluster: FakeCluster, collection: str, place: str, **body: Any) -> None:
    """Add an object to a collection of all namespaces; `manager` is its field manager."""
    namespace, _, name = place.rpartition("/")
    metadata = {
        "name": name,
        **({"namespace": namespace} if namespace else {}),
        "uid": f"uid-of-{place}",
        "managedFields": managed(body.pop("manager", "kubectl-create")),
        **body.pop("metadata", {}),
    }
    found = {"metadata": metadata, **body}
    root, _, plural = collection.rpartition("/")
    cluster.objects[f"{root}/namespaces/{namespace}/{plural}/{name}" if namespace else f"{collection}/{name}"] = found
    cluster.objects.setdefault(collection, {"items": []})["items"].append(found)
    if namespace:
        cluster.objects.setdefault(f"{root}/namespaces/{namespace}/{plural}", {"items": []})["items"].append(found)


def owned_by(kind: str, name: str, uid: str = "") -> dict[str, Any]:
    return {"ownerReferences": [{"kind": kind, "name": name, "uid": uid, "controller": True}]}
