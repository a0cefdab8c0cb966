"""The function `existing`: what exists that the program did not make, and who manages it."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from infisical.cluster import Cluster
from infisical.ownership.lookup import find_existing
from infisical.properties import Properties
from tests.infisical.fake_cluster import FakeCluster
from tests.infisical.ownership_cluster import EXTERNAL_SECRETS, NAMESPACES, OURS, PROJECTS, SECRETS, add, owned_by

PLACE = "web/web-secret"


async def _found(cluster: FakeCluster, **asked: Any) -> list[dict[str, Any]]:
    answer = await _answer(cluster, **asked)
    assert answer["unreachable"] == ""
    objects: list[dict[str, Any]] = answer["objects"]
    return objects


async def _answer(cluster: FakeCluster, **asked: Any) -> dict[str, Any]:
    connection = Cluster(cluster.kubeconfig)
    given = {"manager": OURS, "secrets": [PLACE], "externalSecrets": [PLACE], "namespaces": ["web"], **asked}
    try:
        return await find_existing(connection, Properties(given))
    finally:
        await connection.close()


async def test_nothing_exists_in_an_empty_cluster(cluster: FakeCluster) -> None:
    assert await _found(cluster) == []


async def test_a_secret_of_others_is_described_without_its_values(cluster: FakeCluster) -> None:
    data = {"B": base64.b64encode(b"b-value").decode(), "A": base64.b64encode(b"a-value").decode()}
    add(cluster, SECRETS, PLACE, data=data)

    found = await _found(cluster, literals={PLACE: {"A": "a-value", "B": "other", "C": "new"}})

    assert found == [
        {
            "kind": "Secret",
            "namespace": "web",
            "name": "web-secret",
            "managers": ["kubectl-create"],
            "tool": "",
            "owner": "",
            "keys": ["A", "B"],
            "immutable": False,
            "differingLiterals": ["B"],
        }
    ]


async def test_what_the_program_made_is_not_listed(cluster: FakeCluster) -> None:
    add(cluster, SECRETS, PLACE, metadata=owned_by("ExternalSecret", "web-secret"))
    add(cluster, EXTERNAL_SECRETS, PLACE, manager=OURS)
    add(cluster, NAMESPACES, "web", manager=OURS)

    assert await _found(cluster) == []


@pytest.mark.parametrize("of_external_secret", [OURS, "argocd-controller"])
async def test_a_secret_that_the_operator_writes_without_owning_it_is_as_its_external_secret(
    cluster: FakeCluster, of_external_secret: str
) -> None:
    """With the creation policies Orphan and Merge."""
    add(cluster, SECRETS, PLACE, manager="externalsecrets.external-secrets.io/web-secret", data={})
    add(cluster, EXTERNAL_SECRETS, PLACE, manager=of_external_secret, spec={})

    found = await _found(cluster)

    assert [each["kind"] for each in found] == ([] if of_external_secret == OURS else ["ExternalSecret", "Secret"])


async def test_a_secret_of_an_external_secret_of_others_is_listed_with_it(cluster: FakeCluster) -> None:
    add(cluster, SECRETS, PLACE, metadata=owned_by("ExternalSecret", "web-secret"), data={"A": ""})
    add(cluster, EXTERNAL_SECRETS, PLACE, spec={"dataFrom": [{"extract": {"key": "A"}}], "refreshInterval": "1h"})

    external, secret = await _found(cluster)

    assert (external["kind"], external["otherFields"]) == ("ExternalSecret", ["dataFrom"])
    assert secret["owner"] == "ExternalSecret web-secret"


@pytest.mark.parametrize("owner", ["web-secret", "other"])
async def test_a_secret_whose_external_secret_was_deleted_does_not_count(cluster: FakeCluster, owner: str) -> None:
    """Kubernetes deletes it."""
    add(cluster, SECRETS, PLACE, metadata=owned_by("ExternalSecret", owner))
    add(cluster, EXTERNAL_SECRETS, "web/unrelated", manager=OURS)

    assert await _found(cluster) == []


async def test_a_secret_of_a_deleted_definition_counts(cluster: FakeCluster) -> None:
    """Without the definition of its owner's kind, Kubernetes keeps it."""
    add(cluster, SECRETS, PLACE, metadata=owned_by("ExternalSecret", "web-secret"))

    assert [found["kind"] for found in await _found(cluster)] == ["Secret"]


async def test_a_secret_that_no_external_secret_owns_counts_even_if_the_program_made_one(cluster: FakeCluster) -> None:
    """The operator has not written it yet, and would replace what the owner made meanwhile."""
    add(cluster, SECRETS, PLACE)
    add(cluster, EXTERNAL_SECRETS, PLACE, manager=OURS)

    assert [found["kind"] for found in await _found(cluster)] == ["Secret"]


@pytest.mark.parametrize(
    ("metadata", "tool"),
    [
        (
            {"annotations": {"argocd.argoproj.io/tracking-id": "shop:/Secret:web/web-secret"}},
            "Argo CD application shop",
        ),
        ({"labels": {"argocd.argoproj.io/instance": "shop"}}, "Argo CD application shop"),
        (
            {
                "labels": {"app.kubernetes.io/instance": "shop"},
                "managedFields": [{"manager": "argocd-controller", "operation": "Apply"}],
            },
            "Argo CD application shop",
        ),
        ({"labels": {"app.kubernetes.io/instance": "shop"}}, ""),
        (
            {"labels": {"kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": "flux"}},
            "Flux Kustomization flux/apps",
        ),
        ({"annotations": {"meta.helm.sh/release-name": "shop"}}, "Helm release shop"),
    ],
)
async def test_the_tool_that_deploys_an_object_is_named(
    cluster: FakeCluster, metadata: dict[str, Any], tool: str
) -> None:
    add(cluster, SECRETS, PLACE, metadata=metadata)

    (found,) = await _found(cluster)

    assert found["tool"] == tool


async def test_a_user_who_may_not_list_reads_single_objects(cluster: FakeCluster) -> None:
    add(cluster, SECRETS, PLACE)
    cluster.refused = {SECRETS}

    (found,) = await _found(cluster)

    assert found["name"] == "web-secret"


async def test_the_number_of_requests_does_not_depend_on_the_number_of_objects(cluster: FakeCluster) -> None:
    places = [f"app-{number}/secret" for number in range(50)]
    for place in places:
        add(cluster, SECRETS, place, metadata=owned_by("ExternalSecret", "secret"))
        add(cluster, EXTERNAL_SECRETS, place, manager=OURS)

    assert await _found(cluster, secrets=places, externalSecrets=places) == []
    assert len(cluster.requests) == len((SECRETS, EXTERNAL_SECRETS, NAMESPACES))


async def test_a_cluster_that_does_not_answer_is_reported(cluster: FakeCluster) -> None:
    cluster.busy = 3

    assert "refused GET" in (await _answer(cluster))["unreachable"]


async def test_a_missing_kubeconfig_is_reported(
    cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setenv("KUBECONFIG", "")
    monkeypatch.setenv("HOME", str(tmp_path))

    answer = await find_existing(Cluster(), Properties({"secrets": [PLACE]}))

    assert "no kubeconfig found" in answer["unreachable"]


async def test_projects_of_others_are_listed_and_missing_ones_are_named(cluster: FakeCluster) -> None:
    add(cluster, PROJECTS, "argocd/secrets")
    add(cluster, PROJECTS, "argocd/ours", manager=OURS)

    answer = await _answer(cluster, projects=["argocd/secrets", "argocd/ours", "argocd/none"])

    assert [(each["kind"], each["name"]) for each in answer["objects"]] == [("AppProject", "secrets")]
    assert answer["missingProjects"] == ["argocd/none"]


async def test_a_declared_object_of_another_stack_is_found(cluster: FakeCluster) -> None:
    annotated = {"annotations": {"homelab/stack": "homelab/staging"}}
    add(cluster, EXTERNAL_SECRETS, PLACE, manager=OURS, metadata=annotated)
    add(cluster, EXTERNAL_SECRETS, "web/own-secret", manager=OURS, metadata={"annotations": {"homelab/stack": "a/b"}})
    add(cluster, EXTERNAL_SECRETS, "web/of-others", metadata=annotated)
    names = ("web-secret", "own-secret", "of-others", "missing")
    declared = [{"kind": "ExternalSecret", "namespace": "web", "name": name, "fields": "{}"} for name in names]

    answer = await _answer(cluster, stack="a/b", annotation="homelab/stack", declared=declared)

    assert answer["ofOtherStacks"] == [{"kind": "ExternalSecret", "place": PLACE, "stack": "homelab/staging"}]
