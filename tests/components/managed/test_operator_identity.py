"""The operator is one identity at Infisical that reads the store's path. Its credential is in one Secret."""

from __future__ import annotations

from typing import Any

import pytest

from declaration import OperatorLogin
from infisical.handlers.identity.handler import Identity
from tests.components.answers import CLIENT_ID, CLIENT_SECRET, PROJECT_ID, Secret
from tests.components.program import Run, run
from tests.declaration.stack_config import stack_file

CREDENTIAL = {
    "identityId": "identity-id",
    "trigger": "",
    "deliveredTo": "external-secrets/infisical-machine-identity",
}


@pytest.fixture(scope="module")
def homelab() -> Run:
    return run(stack_file())


@pytest.mark.parametrize(
    ("store", "path"),
    [
        ({}, "/"),
        ({"secretsPath": "/apps"}, "/apps"),
        ({"secretsPath": "/apps", "folderPerApp": True}, "/apps"),
        ({"environmentSlug": "staging", "secretsPath": "/a/b"}, "/a/b"),
    ],
)
def test_the_identity_reads_the_stores_path_in_its_environment_and_no_other(store: dict[str, Any], path: str) -> None:
    config = stack_file()
    declared = {**config["store"], **store}

    (identity,) = run({**config, "store": declared}).of_type("infisical:Identity")

    assert identity.inputs == {
        "name": "homelab-eso",
        "projectId": PROJECT_ID,
        "environment": declared["environmentSlug"],
        "paths": [path],
        "accessTokenTtl": 3600,
        "timeoutSeconds": 45,
        "accessTokenMaxTtl": 86400,
    }


def test_its_token_rules_are_the_declared_ones(homelab: Run) -> None:
    config = stack_file()
    networks = ["10.42.0.0/16", "fd00::/8"]
    rules = {"accessTokenSeconds": 600, "accessTokenMaxSeconds": 1200, "trustedIps": networks, "accessSeconds": 90}

    declared = run({**config, "infisical": {**config["infisical"], "operator": rules}})

    identity = declared.the("infisical:Identity", "homelab-eso")
    assert identity.inputs == {
        **homelab.the("infisical:Identity", "homelab-eso").inputs,
        "accessTokenTtl": 600,
        "accessTokenMaxTtl": 1200,
        "trustedIps": networks,
        "timeoutSeconds": 90,
    }
    credential = declared.the("infisical:ClientSecret", "homelab-eso")
    # This machine may be outside these networks. The delivery checks prove the login.
    assert credential.inputs == {**CREDENTIAL, "proveLogin": False}
    changed = {identity.urn, credential.urn}
    assert declared.registrations.keys() == homelab.registrations.keys()
    for urn in declared.registrations.keys() - changed:
        assert declared.registrations[urn] == homelab.registrations[urn]


def test_an_existing_identity_is_taken_over_by_its_declared_name(homelab: Run) -> None:
    config = stack_file()

    declared = run({**config, "infisical": {**config["infisical"], "operator": {"name": "eso", "adopt": True}}})

    (identity,) = declared.of_type("infisical:Identity")
    # The resource keeps its name, so that the identity can be renamed.
    assert identity.urn == homelab.the("infisical:Identity", "homelab-eso").urn
    assert (identity.inputs["name"], identity.inputs["adopt"]) == ("eso", True)


def test_the_defaults_of_token_lifetimes_are_the_providers_own() -> None:
    fields = {field.name: field for field in Identity.fields}

    assert OperatorLogin().access_seconds == fields["timeoutSeconds"].default
    assert OperatorLogin() == OperatorLogin(fields["accessTokenTtl"].default, fields["accessTokenMaxTtl"].default)


def test_its_credential_belongs_to_the_identity(homelab: Run) -> None:
    (credential,) = homelab.of_type("infisical:ClientSecret")

    assert credential.inputs == CREDENTIAL
    assert homelab.the("infisical:Identity", "homelab-eso").urn in credential.dependencies
    assert "clientSecret" in credential.secret_outputs


def test_its_credential_is_in_the_operators_secret(homelab: Run) -> None:
    secret = homelab.the("Secret", "infisical-machine-identity")

    assert secret.inputs["stringData"] == Secret({"clientId": CLIENT_ID, "clientSecret": CLIENT_SECRET})
    assert homelab.the("infisical:ClientSecret", "homelab-eso").urn in secret.dependencies


def test_the_store_waits_for_the_operators_secret(homelab: Run) -> None:
    store = homelab.the("ClusterSecretStore", "infisical")

    assert homelab.the("Secret", "infisical-machine-identity").urn in store.dependencies


def test_in_the_first_preview_the_operators_secret_is_there_with_unknown_values(homelab: Run) -> None:
    previewed = run(stack_file(), preview=True).the("Secret", "infisical-machine-identity")

    assert previewed.urn == homelab.the("Secret", "infisical-machine-identity").urn
    assert CLIENT_SECRET not in str(previewed)
