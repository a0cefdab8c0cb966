"""A value that differs from the cluster stops the command, which names the key and never shows the value."""

from __future__ import annotations

import base64

import pytest

from tests.operations.adopt.terraform.terraforming import VALUES, Terraforming, secret, tfvars

OTHER = {
    "infisical_encryption_key": "f" * 32,
    "infisical_auth_secret": base64.b64encode(b"another-auth-secret-of-32-bytes!").decode(),
    "infisical_redis_password": "another0password0of0redis",
    "argocd_oidc_client_secret": "another",
}
PLACES = {
    "infisical_encryption_key": "the key ENCRYPTION_KEY of Secret infisical/infisical-secrets",
    "infisical_auth_secret": "the key AUTH_SECRET of Secret infisical/infisical-secrets",
    "infisical_redis_password": "redis.auth.password in the key values.yaml of Secret argocd/infisical-helm-secrets",
    "argocd_oidc_client_secret": "the key oidc.argocd.clientSecret of Secret argocd/argocd-secret",
}


def test_every_value_that_differs_is_named_and_nothing_is_written(terraforming: Terraforming) -> None:
    terraforming.variables(tfvars({**VALUES, **OTHER}))

    code, output = terraforming.run("--yes")

    assert code == 2
    for name, place in PLACES.items():
        assert f"{name}\n    found:    a value that differs from {place}" in output
    assert output.count("Infisical cannot read its data with another key.") == 1
    assert not [value for value in OTHER.values() if len(value) > 10 and value in output]
    assert terraforming.kubectl.writes == []
    assert not terraforming.pulumi.config


def test_the_values_of_the_cluster_are_taken_only_with_the_option(terraforming: Terraforming) -> None:
    given = {**VALUES, **OTHER}
    del given["infisical_machine_identity_client_id"]
    terraforming.variables(tfvars(given))

    code, output = terraforming.run("--yes", "--use-cluster")

    assert code == 0, output
    config = {key.partition(":")[2]: each["value"] for key, each in terraforming.pulumi.config.items()}
    assert config["infisicalEncryptionKey"] == VALUES["infisical_encryption_key"]
    assert config["infisicalRedisPassword"] == VALUES["infisical_redis_password"]
    assert config["infisicalMachineIdentityClientId"] == VALUES["infisical_machine_identity_client_id"]


def test_two_values_in_the_cluster_are_refused_even_with_the_option(terraforming: Terraforming) -> None:
    place = ("infisical-helm-secrets", "argocd")
    blob = "postgresql: {auth: {password: another}}\nredis: {auth: {password: another}}\n"
    terraforming.kubectl.objects.remove(terraforming.kubectl.find("secret", *place))
    terraforming.kubectl.objects.append(secret(*place, {"values.yaml": blob}))

    code, output = terraforming.run("--yes", "--use-cluster")

    assert code == 2
    assert output.count("two values in the cluster") == 2
    assert "Application argocd/infisical" in output


@pytest.mark.parametrize("use", [[], ["--use-cluster"]])
def test_a_different_value_in_the_stack_config_is_never_overwritten(terraforming: Terraforming, use: list[str]) -> None:
    terraforming.pulumi.config["homelab:infisicalAuthSecret"] = {"value": "kept", "secret": True}

    code, output = terraforming.run("--yes", *use)

    assert code == 2
    assert "run `pulumi config rm homelab:infisicalAuthSecret`" in output
    assert terraforming.pulumi.config["homelab:infisicalAuthSecret"]["value"] == "kept"


def test_a_value_of_the_state_that_is_not_in_use_is_named(terraforming: Terraforming) -> None:
    attributes = {
        "metadata": [{"name": "infisical-secrets", "namespace": "infisical"}],
        "data": {"ENCRYPTION_KEY": VALUES["infisical_encryption_key"], "AUTH_SECRET": "an-older-value"},
    }
    resource = {
        "mode": "managed",
        "type": "kubernetes_secret",
        "name": "infisical_secrets",
        "instances": [{"attributes": attributes}],
    }
    terraforming.with_state({"version": 4, "resources": [resource]})

    code, output = terraforming.run("--dry-run")

    assert code == 0
    assert "The state of Terraform has an older value, which is not used: infisical_auth_secret." in output
    assert "an-older-value" not in output
