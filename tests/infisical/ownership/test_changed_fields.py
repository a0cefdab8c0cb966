"""The function `existing` finds the declared fields that others changed, by their field managers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infisical.cluster import Cluster
from infisical.ownership.lookup import find_existing
from infisical.properties import Properties
from tests.infisical.fake_cluster import FakeCluster
from tests.infisical.ownership_cluster import EXTERNAL_SECRETS, OURS, SECRETS, add

PLACE = {"namespace": "web", "name": "web-secret"}
DECLARED = {"spec": {"refreshInterval": "1h0m0s", "data": [{"secretKey": "A"}], "target": {"name": "web-secret"}}}
LIVE = {"refreshInterval": "7h", "data": [{"secretKey": "A", "default": True}], "target": {"name": "web-secret"}}


def entry(manager: str, fields: dict[str, Any], **more: str) -> dict[str, Any]:
    return {"manager": manager, "operation": "Update", "fieldsV1": fields, **more}


OWN = entry(OURS, {"f:spec": {"f:data": {}, "f:target": {"f:name": {}}}})
INTERVAL: dict[str, Any] = {"f:spec": {"f:refreshInterval": {}}}


async def changed(cluster: FakeCluster, fields: dict[str, Any], kind: str, **more: Any) -> list[dict[str, Any]]:
    declared = {"kind": kind, **PLACE, "fields": json.dumps(fields), "patch": False, **more}
    connection = Cluster(cluster.kubeconfig)
    try:
        answer = await find_existing(connection, Properties({"manager": OURS, "declared": [declared]}))
    finally:
        await connection.close()
    assert answer["unreachable"] == ""
    found: list[dict[str, Any]] = answer["changed"]
    return found


async def of_external_secret(cluster: FakeCluster, *entries: dict[str, Any]) -> list[dict[str, Any]]:
    add(cluster, EXTERNAL_SECRETS, "web/web-secret", metadata={"managedFields": [*entries]}, spec=LIVE)
    return await changed(cluster, DECLARED, "ExternalSecret")


async def of_secret(cluster: FakeCluster, *entries: dict[str, Any], patch: bool = False) -> list[dict[str, Any]]:
    add(cluster, SECRETS, "web/web-secret", metadata={"managedFields": [*entries]}, data={"KEY": "dmFsdWU="})
    return await changed(cluster, {"data": {"KEY": None}}, "Secret", patch=patch)


async def test_a_changed_field_is_named_with_its_manager_and_a_patch_that_releases_it(cluster: FakeCluster) -> None:
    (found,) = await of_external_secret(cluster, OWN, entry("kubectl-edit", INTERVAL))

    assert found == {
        "kind": "ExternalSecret",
        **PLACE,
        "made": True,
        "fields": [{"path": ".spec.refreshInterval", "manager": "kubectl-edit"}],
        "release": json.dumps(
            [
                {"op": "test", "path": "/metadata/managedFields/1/manager", "value": "kubectl-edit"},
                {"op": "remove", "path": "/metadata/managedFields/1"},
            ]
        ),
    }


async def test_the_patch_removes_the_last_manager_first(cluster: FakeCluster) -> None:
    others = [entry(manager, INTERVAL) for manager in ("kubectl-edit", "helm")]

    (found,) = await of_external_secret(cluster, others[0], OWN, others[1])

    removed = [each["path"] for each in json.loads(found["release"]) if each["op"] == "remove"]
    assert removed == ["/metadata/managedFields/2", "/metadata/managedFields/0"]


@pytest.mark.parametrize(
    "theirs",
    [
        {"f:spec": {"f:data": {}}},
        {"f:spec": {".": {}, "f:target": {".": {}}}},
        {"f:spec": {"f:dataFrom": {}}, "f:metadata": {"f:labels": {"f:team": {}}}},
    ],
    ids=["the declared value, with defaults", "only that the mapping exists", "fields that are not declared"],
)
async def test_what_the_program_does_not_overwrite_is_no_change(cluster: FakeCluster, theirs: dict[str, Any]) -> None:
    assert await of_external_secret(cluster, OWN, entry("kubectl-edit", theirs)) == []


async def test_a_status_is_no_change(cluster: FakeCluster) -> None:
    assert await of_external_secret(cluster, OWN, entry("external-secrets", INTERVAL, subresource="status")) == []


async def test_an_owner_of_the_whole_mapping_has_changed_it(cluster: FakeCluster) -> None:
    (found,) = await of_external_secret(cluster, OWN, entry("kubectl-edit", {"f:spec": {}}))

    assert [field["path"] for field in found["fields"]] == [".spec"]


async def test_a_secret_value_counts_as_changed_once_the_program_does_not_own_it(cluster: FakeCluster) -> None:
    mine, theirs = (entry(manager, {"f:data": {"f:KEY": {}}}) for manager in (OURS, "kubectl-edit"))
    (found,) = await of_secret(cluster, entry(OURS, {"f:data": {}, "f:type": {}}) | {"fieldsV1": {}}, theirs)

    assert found["fields"] == [{"path": ".data.KEY", "manager": "kubectl-edit"}]
    assert "dmFsdWU" not in json.dumps(found)
    assert await of_secret(cluster, mine, theirs) == []


async def test_a_secret_of_others_is_left_to_the_check_of_its_values(cluster: FakeCluster) -> None:
    assert await of_secret(cluster, entry("kubectl-edit", {"f:data": {"f:KEY": {}}})) == []


async def test_the_key_of_a_patch_belongs_to_pulumi_or_was_changed(cluster: FakeCluster) -> None:
    key: dict[str, Any] = {"f:data": {"f:KEY": {}}}

    assert await of_secret(cluster, entry("pulumi-kubernetes-0123abcd", key), patch=True) == []
    (found,) = await of_secret(cluster, entry("argocd-server", key), patch=True)
    assert found["fields"] == [{"path": ".data.KEY", "manager": "argocd-server"}]


async def test_an_object_is_read_only_if_others_have_set_its_fields(cluster: FakeCluster) -> None:
    assert await of_external_secret(cluster, OWN) == []
    assert [request.path for request in cluster.requests] == [EXTERNAL_SECRETS]
