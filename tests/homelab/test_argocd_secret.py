"""`argocd-secret` belongs to Argo CD: the program writes one key, and keeps the other keys."""

from __future__ import annotations

from collections.abc import Callable

from tests.homelab.deployment import Homelab

OIDC = "oidc.argocd.clientSecret"


def test_only_the_oidc_key_is_written_and_removed(bare_homelab: Callable[..., Homelab]) -> None:
    homelab = bare_homelab()
    before = homelab.object("secret", "argocd-secret", "argocd")
    assert before["data"]
    assert OIDC not in before["data"]

    homelab.set_credentials()
    homelab.up()
    with_key = homelab.object("secret", "argocd-secret", "argocd")
    assert homelab.secret("argocd", "argocd-secret")[OIDC] == homelab.credentials["argocdOidcClientSecret"]
    assert {key: value for key, value in with_key["data"].items() if key != OIDC} == before["data"]
    assert with_key["metadata"].get("annotations") == before["metadata"].get("annotations")
    assert with_key["metadata"].get("labels") == before["metadata"].get("labels")
    assert with_key["metadata"]["uid"] == before["metadata"]["uid"]

    homelab.set_secret("argocdOidcClientSecret", "another-throw-away-value")
    homelab.up()
    assert homelab.secret("argocd", "argocd-secret")[OIDC] == "another-throw-away-value"

    homelab.run("state", "unprotect", "--all", "--yes")
    homelab.run("destroy", "--yes")
    after = homelab.object("secret", "argocd-secret", "argocd")
    assert after["data"] == before["data"]
    assert after["metadata"]["uid"] == before["metadata"]["uid"]
    assert after["metadata"].get("annotations") == before["metadata"].get("annotations")
