"""For the stack file, the program writes the objects that its predecessor wrote, in both modes."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.components import expected
from tests.components.program import Run, run, without_field_manager
from tests.declaration.stack_config import IDENTITY, OIDC, REPOSITORY, manual, stack_file

EXPECTED = expected.objects("homelab")
CONFIGS = {
    "managed": {**stack_file(), **OIDC, **REPOSITORY},
    "manual": {**manual(), **IDENTITY, **OIDC, **REPOSITORY},
}
PARENTS = {
    "managed": {
        "InfisicalServer": "homelab:secrets:ManagedInfisical",
        "SeededValues": "homelab:secrets:ManagedInfisical",
        "OperatorIdentity": "homelab:secrets:ManagedInfisical",
    },
    "manual": {},
}
"""The components that belong to another component instead of the stack."""


@pytest.fixture(scope="module", params=CONFIGS)
def mode(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.fixture(scope="module")
def config(mode: str) -> dict[str, Any]:
    return CONFIGS[mode]


@pytest.fixture(scope="module")
def homelab(config: dict[str, Any]) -> Run:
    return run(config)


def test_no_other_object_is_written(homelab: Run) -> None:
    assert sorted(homelab.objects()) == sorted(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_an_object_has_the_documented_fields_and_no_other(homelab: Run, mode: str, name: str) -> None:
    documented = EXPECTED[name] if mode == "manual" else _with_a_folder_for_the_operators_check(EXPECTED[name])

    assert without_field_manager(homelab.objects()[name]) == documented


def _with_a_folder_for_the_operators_check(documented: dict[str, Any]) -> dict[str, Any]:
    """
    The store of a managed Infisical lists an empty folder, and the keys have absolute paths.

    Otherwise one value with a reference that the operator may not read would stop every app.
    """
    changed = copy.deepcopy(documented)
    if documented["kind"] == "ClusterSecretStore":
        changed["spec"]["provider"]["infisical"]["secretsScope"]["secretsPath"] = "/eso_check_keep_empty"
    if documented["kind"] == "ExternalSecret":
        for entry in changed["spec"]["data"]:
            entry["remoteRef"]["key"] = f"/{entry['remoteRef']['key']}"
    return changed


def test_every_other_object_names_its_field_manager(homelab: Run) -> None:
    for name in homelab.objects().keys() - {"Secret argocd/argocd-secret"}:
        annotations = homelab.objects()[name]["metadata"]["annotations"]
        assert annotations["pulumi.com/patchFieldManager"] == "pulumi-homelab", name


def test_the_first_preview_registers_the_same_resources(homelab: Run, config: dict[str, Any]) -> None:
    """With every generated value unknown."""
    previewed = run(config, preview=True)

    assert set(previewed.registrations) == set(homelab.registrations)


def test_each_component_belongs_to_the_stack_and_each_object_to_a_component(homelab: Run, mode: str) -> None:
    for found in homelab.registrations.values():
        parent_type = found.parent.split("::")[2] if found.parent else None
        if found.custom:
            assert parent_type
            assert parent_type.startswith("homelab:secrets:")
        elif found.type != "pulumi:pulumi:Stack":
            assert parent_type == PARENTS[mode].get(found.type.split(":")[-1], "pulumi:pulumi:Stack")


def test_a_secret_is_created_before_its_users(homelab: Run) -> None:
    application = homelab.the("Application", "infisical").dependencies
    store = homelab.the("ClusterSecretStore", "infisical")

    assert {homelab.the("Secret", name).urn for name in ("infisical-secrets", "infisical-helm-secrets")} <= application
    assert homelab.the("Secret", "infisical-machine-identity").urn in store.dependencies
    for delivered in homelab.of_type("ExternalSecret"):
        assert store.urn in delivered.dependencies


def test_an_object_waits_for_its_namespace(homelab: Run) -> None:
    namespaces = {found.read or found.inputs["metadata"]["name"]: found.urn for found in homelab.of_type("Namespace")}

    for kind in ("Secret", "SecretPatch", "ExternalSecret"):
        for found in homelab.of_type(kind):
            assert namespaces[found.inputs["metadata"]["namespace"]] in found.dependencies
