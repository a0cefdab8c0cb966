"""What the program registers if Argo CD does not install Infisical."""

from __future__ import annotations

import base64
from typing import Any

import pulumi
import pytest

from tests.components.answers import Secret
from tests.components.program import Run, run
from tests.declaration.certificates import certificate
from tests.declaration.site.test_certificates import SOURCE
from tests.declaration.stack_config import ADMIN_IDENTITY, OIDC, elsewhere, stack_file

OWN_KEYS = (
    "infisical-encryption-key",
    "infisical-auth-secret",
    "infisical-postgres-password",
    "infisical-redis-password",
)


def with_helm() -> dict[str, Any]:
    config = stack_file()
    del config["argocd"]
    return {**config, "infisical": {**config["infisical"], "install": "helm"}}


def _names(done: Run) -> set[str]:
    return {name for name in done.objects() if not name.startswith(("ExternalSecret", "Namespace"))}


def test_elsewhere_only_the_store_and_the_apps_objects_are_written() -> None:
    done = run(elsewhere())

    assert _names(done) == {
        "ClusterSecretStore infisical",
        "Secret external-secrets/infisical-machine-identity",
    }
    assert not [name for name in done.objects() if name.startswith("Namespace")]
    assert not [name for name in OWN_KEYS if name in done.made_at_random]
    assert {found.name for found in done.of_type("Namespace") if found.read} >= {"external-secrets"}
    assert "argocd" not in {found.name for found in done.of_type("Namespace")}


def test_elsewhere_the_project_the_values_and_the_deliveries_are_the_same() -> None:
    kinds = ("Project", "Folder", "Identity", "ClientSecret", "Secret", "Delivery")
    here, there = run(stack_file()), run(elsewhere())

    for kind in kinds:
        names = {found.name for found in here.of_type(f"infisical:{kind}")}
        assert {found.name for found in there.of_type(f"infisical:{kind}")} == names
    assert there.of_type("infisical:Restart") == []
    assert "application" not in there.the("infisical:Instance", "infisical").inputs


def test_elsewhere_the_machine_identity_logs_in_and_no_password_is_generated() -> None:
    done = run(elsewhere())

    provider = next(
        found for found in done.registrations.values() if found.urn.endswith("providers:infisical::infisical")
    )
    login = {"clientId": Secret(ADMIN_IDENTITY["infisicalAdminClientId"])}
    login |= {"clientSecret": Secret(ADMIN_IDENTITY["infisicalAdminClientSecret"])}
    assert login.items() <= provider.inputs.items()
    assert not {"email", "password", "token", "caBundle"} & provider.inputs.keys()
    assert "infisical-admin-password" not in done.made_at_random


def test_elsewhere_argo_cds_own_secret_gets_its_key() -> None:
    assert "Secret argocd/argocd-secret" in _names(run({**elsewhere(), **OIDC}))


def test_elsewhere_only_rotations_of_known_values_are_in_the_outputs() -> None:
    outputs = run(elsewhere()).outputs

    assert not [name for name in outputs["rotations"] if name in ("infisicalAuthSecret", "infisicalEncryptionKey")]
    assert "infisicalMachineIdentityClientSecret" in outputs["rotations"]
    assert "Argo CD's OIDC client secret" not in outputs["nextSteps"]


def test_the_certificates_reach_the_provider_and_the_store() -> None:
    pem = certificate()
    config = elsewhere(caBundle=pem)
    config["store"]["caBundle"] = pem

    done = run(config)

    provider = next(
        found for found in done.registrations.values() if found.urn.endswith("providers:infisical::infisical")
    )
    store = done.objects()["ClusterSecretStore infisical"]["spec"]["provider"]["infisical"]
    assert provider.inputs["caBundle"] == pem
    assert base64.b64decode(store["caBundle"]).decode() == pem


def test_the_store_may_read_the_certificates_from_an_object() -> None:
    config = elsewhere()
    config["store"]["caProvider"] = SOURCE

    store = run(config).objects()["ClusterSecretStore infisical"]["spec"]["provider"]["infisical"]

    assert store["caProvider"] == SOURCE


@pytest.mark.parametrize("field", ["caBundle", "caProvider"])
def test_a_field_that_the_installed_operator_lacks_stops_the_preview(field: str) -> None:
    config = elsewhere()
    config["store"][field] = certificate() if field == "caBundle" else SOURCE
    path = f"ClusterSecretStore.spec.provider.infisical.{field}"

    ((asked, _, _),) = run(config).invoked
    with pytest.raises(pulumi.RunError) as caught:
        run(config, existing={"missingFields": [path]}, preview=True)

    assert asked["operatorFields"] == [path]
    assert f"homelab:store.{field}" in str(caught.value)
    assert "v1.2.1" in str(caught.value)


def test_a_store_with_a_different_name_has_its_own_login() -> None:
    """So the stacks of two environments can share one cluster."""
    config = stack_file()
    config["store"]["name"] = "staging"

    done = run(config)
    objects = done.objects()

    login = objects["ClusterSecretStore staging"]["spec"]["provider"]["infisical"]["auth"]["universalAuthCredentials"]
    assert login["clientId"]["name"] == "staging-machine-identity"
    assert "Secret external-secrets/staging-machine-identity" in objects
    assert "ClusterSecretStore infisical" not in objects
    refs = [
        body["spec"]["secretStoreRef"]["name"] for name, body in objects.items() if name.startswith("ExternalSecret")
    ]
    assert set(refs) == {"staging"}
    (secret,) = done.of_type("infisical:ClientSecret")
    assert secret.inputs["deliveredTo"] == "external-secrets/staging-machine-identity"


def test_with_helm_the_secrets_are_next_to_infisical_and_there_is_no_application() -> None:
    done = run(with_helm())

    assert _names(done) == {
        "ClusterSecretStore infisical",
        "Secret external-secrets/infisical-machine-identity",
        "Secret infisical/infisical-helm-secrets",
        "Secret infisical/infisical-secrets",
    }
    assert {*OWN_KEYS} <= done.made_at_random.keys()
    assert "application" not in done.the("infisical:Instance", "infisical").inputs
    assert [found.name for found in done.of_type("infisical:Restart")] == ["infisical"]
