"""Which fields the installed release of the operator knows."""

from __future__ import annotations

from typing import Any

import pytest

from infisical.cluster import Cluster
from infisical.ownership.lookup import find_existing
from infisical.properties import Properties
from tests.infisical.fake_cluster import FakeCluster

DEFINITION = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/clustersecretstores.external-secrets.io"
EXTERNAL_SECRETS = DEFINITION.replace("clustersecretstores", "externalsecrets")
PROVIDER = "ClusterSecretStore.spec.provider.infisical"
POLICY = "ExternalSecret.spec.target.creationPolicy=CreateOrMerge"
ASKED = [f"{PROVIDER}.caBundle", f"{PROVIDER}.hostAPI"]


def _definition(*fields: str, version: str = "v1") -> dict[str, Any]:
    schema: dict[str, Any] = {"properties": {field: {"type": "string"} for field in fields}}
    for name in ("infisical", "provider", "spec"):
        schema = {"properties": {name: schema}}
    return {"spec": {"versions": [{"name": version, "schema": {"openAPIV3Schema": schema}}]}}


def _external_secrets(schema: dict[str, Any]) -> dict[str, Any]:
    return {"spec": {"versions": [{"name": "v1", "schema": {"openAPIV3Schema": schema}}]}}


async def _missing(cluster: FakeCluster, asked: list[str] = ASKED) -> list[str]:
    connection = Cluster(cluster.kubeconfig)
    try:
        answer = await find_existing(connection, Properties({"manager": "us", "operatorFields": asked}))
    finally:
        await connection.close()
    assert answer["unreachable"] == ""
    missing: list[str] = answer["missingFields"]
    return missing


async def test_a_field_that_the_release_lacks_is_missing(cluster: FakeCluster) -> None:
    cluster.objects[DEFINITION] = _definition("hostAPI")

    assert await _missing(cluster) == [f"{PROVIDER}.caBundle"]


async def test_no_field_is_missing_in_a_release_that_has_them(cluster: FakeCluster) -> None:
    cluster.objects[DEFINITION] = _definition("hostAPI", "caBundle")

    assert await _missing(cluster) == []


@pytest.mark.parametrize("reason", ["the operator is not installed", "the user may not read definitions"])
async def test_no_field_is_missing_where_nothing_is_known(cluster: FakeCluster, reason: str) -> None:
    if "user" in reason:
        cluster.refused.add(DEFINITION)

    assert await _missing(cluster) == []


@pytest.mark.parametrize(("known", "missing"), [(["Owner"], [POLICY]), (["Owner", "CreateOrMerge"], [])])
async def test_a_value_that_the_release_does_not_accept_is_missing(
    cluster: FakeCluster, known: list[str], missing: list[str]
) -> None:
    schema: dict[str, Any] = {"type": "string", "enum": known}
    for name in ("creationPolicy", "target", "spec"):
        schema = {"properties": {name: schema}}
    cluster.objects[EXTERNAL_SECRETS] = _external_secrets(schema)

    assert await _missing(cluster, [POLICY]) == missing


@pytest.mark.parametrize(("kind", "is_missing"), [("Password", False), ("GitlabDeployToken", True)])
async def test_a_field_of_each_item_of_a_list_is_looked_up(cluster: FakeCluster, kind: str, is_missing: bool) -> None:
    item: dict[str, Any] = {"type": "string", "enum": ["Password", "UUID"]}
    for name in ("kind", "generatorRef", "sourceRef"):
        item = {"properties": {name: item}}
    spec = {"properties": {"dataFrom": {"type": "array", "items": item}}}
    cluster.objects[EXTERNAL_SECRETS] = _external_secrets({"properties": {"spec": spec}})
    field = f"ExternalSecret.spec.dataFrom[].sourceRef.generatorRef.kind={kind}"

    assert await _missing(cluster, [field]) == ([field] if is_missing else [])
