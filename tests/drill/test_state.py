"""The restored state has what survives the loss of the cluster, and no address of the owner's cluster."""

from __future__ import annotations

from typing import Any

from drill.state import without_cluster


def resource(kind: str, **others: Any) -> dict[str, Any]:
    return {"type": kind, "urn": f"urn:{kind}", **others}


def kept(*resources: dict[str, Any], **deployment: Any) -> dict[str, Any]:
    found: dict[str, Any] = without_cluster({"version": 3, "deployment": {"resources": [*resources], **deployment}})
    assert found["version"] == 3
    deployed: dict[str, Any] = found["deployment"]
    return deployed


def test_generated_values_and_components_stay() -> None:
    resources = [
        resource("pulumi:pulumi:Stack"),
        resource("homelab:secrets:BootstrapSecrets", parent="urn:pulumi:pulumi:Stack"),
        resource("pulumi:providers:random"),
        resource("random:index/randomPassword:RandomPassword", provider="urn:pulumi:providers:random::id"),
        resource("pulumi:index:Stash"),
    ]

    assert kept(*resources)["resources"] == resources


def test_objects_commands_and_their_providers_are_gone() -> None:
    gone = [
        "kubernetes:core/v1:Secret",
        "pulumi:providers:kubernetes",
        "infisical:index:Secret",
        "pulumi:providers:infisical",
        "command:local:Command",
        "pulumi:providers:command",
    ]

    assert kept(*map(resource, gone))["resources"] == []


def test_nothing_refers_to_what_is_gone() -> None:
    secret = resource("kubernetes:core/v1:Secret")
    stash = resource("pulumi:index:Stash")
    password = resource(
        "random:index/randomPassword:RandomPassword",
        dependencies=[secret["urn"], stash["urn"]],
        propertyDependencies={"length": [secret["urn"]], "keepers": None},
        deletedWith=secret["urn"],
    )

    found = kept(secret, stash, password)["resources"][1]

    assert found["dependencies"] == [stash["urn"]]
    assert found["propertyDependencies"] == {"length": [], "keepers": []}
    assert "deletedWith" not in found


def test_an_update_that_was_interrupted_is_not_continued() -> None:
    leaving = resource("pulumi:index:Stash", delete=True)

    assert kept(leaving, pending_operations=[{"type": "creating"}]) == {"resources": []}
