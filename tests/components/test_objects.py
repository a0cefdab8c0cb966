"""For the homelab of the stack file the program writes the objects that its predecessor wrote."""

from __future__ import annotations

import pytest

from tests.components import expected
from tests.components.program import IDENTITY, OIDC, REPOSITORY, Run, run, stack_file

EXPECTED = expected.objects("homelab")


@pytest.fixture(scope="module")
def homelab() -> Run:
    return run({**stack_file(), **IDENTITY, **OIDC, **REPOSITORY})


def test_no_other_object_is_written(homelab: Run) -> None:
    assert sorted(homelab.objects()) == sorted(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_an_object_has_the_documented_fields_and_no_other(homelab: Run, name: str) -> None:
    assert homelab.objects()[name] == EXPECTED[name]


def test_the_first_preview_registers_the_same_resources(homelab: Run) -> None:
    """With every generated value unknown."""
    previewed = run({**stack_file(), **IDENTITY, **OIDC, **REPOSITORY}, preview=True)

    assert set(previewed.registrations) == set(homelab.registrations)


def test_each_component_belongs_to_the_stack_and_each_object_to_a_component(homelab: Run) -> None:
    for found in homelab.registrations.values():
        parent_type = found.parent.split("::")[2] if found.parent else None
        if found.custom:
            assert parent_type
            assert parent_type.startswith("homelab:secrets:")
        elif found.type != "pulumi:pulumi:Stack":
            assert parent_type == "pulumi:pulumi:Stack"


def test_a_secret_is_there_before_what_uses_it(homelab: Run) -> None:
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
