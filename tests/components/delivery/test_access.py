"""Objects without credentials are not written, and `argocd-secret` gets only one key."""

from __future__ import annotations

import pytest

from tests.components.answers import Secret
from tests.components.program import run
from tests.declaration.stack_config import IDENTITY, MODES, OIDC, REPOSITORY, manual, stack_file

WRITTEN = {
    "Secret external-secrets/infisical-machine-identity": IDENTITY,
    "Secret argocd/argocd-secret": OIDC,
    "Secret argocd/repo-homelab": REPOSITORY,
}


@pytest.mark.parametrize(("name", "credentials"), WRITTEN.items(), ids=list(WRITTEN))
def test_an_object_is_written_once_its_credentials_are_set(name: str, credentials: dict[str, str]) -> None:
    without, having = run(manual()).objects(), run({**manual(), **credentials}).objects()

    assert not WRITTEN.keys() & without.keys()
    assert having.keys() - without.keys() == {name}
    assert {key: body for key, body in having.items() if key != name} == without


def test_with_a_managed_infisical_only_the_operators_secret_is_written() -> None:
    assert WRITTEN.keys() & run(stack_file()).objects().keys() == {"Secret external-secrets/infisical-machine-identity"}


@pytest.mark.parametrize("mode", MODES)
def test_argocds_secret_is_patched_with_one_key_and_nothing_else(mode: str) -> None:
    done = run({**MODES[mode](), **OIDC})

    patch = done.the("SecretPatch", "argocd-secret")
    assert patch.inputs == {
        "apiVersion": "v1",
        "kind": "Secret",
        # Neither labels nor annotations: they belong to Argo CD.
        "metadata": {"name": "argocd-secret", "namespace": "argocd"},
        "stringData": Secret({"oidc.argocd.clientSecret": OIDC["argocdOidcClientSecret"]}),
    }
    assert not patch.protect


def test_argocds_secret_is_never_owned() -> None:
    done = run({**manual(), **OIDC, **IDENTITY, **REPOSITORY})

    owned = [found.inputs["metadata"]["name"] for found in done.of_type("Secret")]
    targets = [found.inputs["spec"]["target"]["name"] for found in done.of_type("ExternalSecret")]
    assert "argocd-secret" not in owned + targets


def test_the_store_names_the_machine_identity_before_it_is_set() -> None:
    """So the store becomes ready as soon as it is set."""
    without = run(manual()).objects()["ClusterSecretStore infisical"]

    assert without == run({**manual(), **IDENTITY}).objects()["ClusterSecretStore infisical"]
