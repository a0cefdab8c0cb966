"""A takeover of an ExternalSecret: which of its fields would stay, and whether its Secret holds copies only."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infisical.cluster import Cluster
from infisical.ownership.lookup import find_existing
from infisical.ownership.specs import delivers, other_fields
from infisical.properties import Properties
from tests.infisical.fake_cluster import FakeCluster
from tests.infisical.ownership_cluster import EXTERNAL_SECRETS, OURS, SECRETS, add, owned_by

DATA = [{"secretKey": "KEY", "remoteRef": {"key": "KEY"}}]
FOLDER = [{"find": {"name": {"regexp": ".*"}}}]
READY = {"conditions": [{"type": "Ready", "status": "True"}]}
PLACE = "web/web-secret"


def templated(**data: str) -> dict[str, Any]:
    return {"data": DATA, "target": {"template": {"data": data}}}


@pytest.mark.parametrize(
    ("theirs", "ours", "stays"),
    [
        ({"data": DATA}, {"data": DATA}, []),
        ({"data": DATA}, {"dataFrom": FOLDER}, ["data"]),
        ({"dataFrom": FOLDER}, {"data": DATA}, ["dataFrom"]),
        ({"dataFrom": FOLDER}, {"dataFrom": FOLDER}, []),
        (templated(URL="a"), templated(URL="b"), []),
        (templated(URL="a", OLD="b"), templated(URL="b"), ["target.template.data.OLD"]),
        (templated(KEY="{{ .KEY }}"), {"data": DATA}, []),
        (templated(KEY="{{.KEY | b64enc}}"), {"data": DATA}, ["target.template.data.KEY"]),
        (templated(OTHER="{{ .KEY }}"), {"data": DATA}, ["target.template.data.OTHER"]),
        ({"target": {"template": {"type": "a/b"}}}, {"target": {"template": {"type": "a/b"}}}, []),
        ({"target": {"template": {"type": "a/b"}}}, {"data": DATA}, ["target.template.type"]),
        ({"target": {"template": {"type": "Opaque"}}}, {"data": DATA}, []),
        (
            {"target": {"template": {"metadata": {"annotations": {"a": "1", "b": "2"}}}}},
            {"target": {"template": {"metadata": {"annotations": {"a": "3"}}}}},
            ["target.template.metadata.annotations.b"],
        ),
        ({"syncWindows": {"kind": "allow"}}, {"data": DATA}, ["syncWindows"]),
    ],
)
def test_a_field_stays_if_the_program_does_not_write_it(
    theirs: dict[str, Any], ours: dict[str, Any], stays: list[str]
) -> None:
    assert other_fields(theirs, ours) == stays


@pytest.mark.parametrize(
    ("external_secret", "expected"),
    [
        ({"spec": {"data": DATA}, "status": READY}, True),
        ({"spec": {"data": DATA}}, False),
        ({"spec": {"data": DATA}, "status": {"conditions": [{"type": "Ready", "status": "False"}]}}, False),
        ({"spec": {"dataFrom": [{"sourceRef": {"generatorRef": {"kind": "Password"}}}]}, "status": READY}, False),
    ],
)
def test_a_secret_holds_copies_if_all_values_were_read_from_stores(
    external_secret: dict[str, Any], expected: bool
) -> None:
    assert delivers(external_secret) is expected


async def _found(cluster: FakeCluster, **asked: Any) -> list[dict[str, Any]]:
    connection = Cluster(cluster.kubeconfig)
    try:
        answer = await find_existing(connection, Properties({"manager": OURS, "secrets": [PLACE], **asked}))
    finally:
        await connection.close()
    objects: list[dict[str, Any]] = answer["objects"]
    return objects


async def test_the_lookup_compares_with_what_the_program_writes(cluster: FakeCluster) -> None:
    add(cluster, EXTERNAL_SECRETS, PLACE, spec={"dataFrom": FOLDER}, status=READY)
    takeovers = {PLACE: json.dumps({"dataFrom": FOLDER})}

    (found,) = await _found(cluster, externalSecrets=[PLACE], takeovers=takeovers)
    (refused,) = await _found(cluster, externalSecrets=[PLACE])

    assert (found["otherFields"], found["delivers"]) == ([], True)
    assert refused["otherFields"] == ["dataFrom"]


@pytest.mark.parametrize("owner", [owned_by("ExternalSecret", "web"), {}])
async def test_a_secret_of_an_external_secret_with_a_different_name_is_the_programs(
    owner: dict[str, Any], cluster: FakeCluster
) -> None:
    operator = "externalsecrets.external-secrets.io/web"
    add(cluster, SECRETS, PLACE, manager=operator, metadata=owner, data={})
    add(cluster, EXTERNAL_SECRETS, "web/web", manager=OURS)
    asked = {"externalSecrets": ["web/web"]}

    assert await _found(cluster, **asked, writers={PLACE: "web/web"}) == []
    assert [each["kind"] for each in await _found(cluster, **asked)] == ["Secret"]
