"""`argocd-secret` belongs to Argo CD: the program writes one key, and keeps the other keys."""

from __future__ import annotations

from sandbox.controlplane.prerequisites import ARGOCD_SECRET_ANNOTATION
from tests.homelab.deployment import Homelab

OIDC = "oidc.argocd.clientSecret"
OF_ARGOCD = {"admin.password", "server.secretkey"}


def test_only_the_oidc_key_is_written_and_removed(homelab: Homelab) -> None:
    with_key = homelab.object("secret", "argocd-secret", "argocd")
    others = {key: value for key, value in with_key["data"].items() if key != OIDC}
    assert homelab.secret("argocd", "argocd-secret")[OIDC] == homelab.credentials["argocdOidcClientSecret"]
    assert set(others) == OF_ARGOCD
    assert set(with_key["metadata"]["annotations"]) == {ARGOCD_SECRET_ANNOTATION}
    assert set(with_key["metadata"]["labels"]) == {"app.kubernetes.io/name", "app.kubernetes.io/part-of"}

    homelab.set_secret("argocdOidcClientSecret", "another-throw-away-value")
    homelab.up()
    assert homelab.secret("argocd", "argocd-secret")[OIDC] == "another-throw-away-value"

    homelab.run("state", "unprotect", "--all", "--yes")
    homelab.run("destroy", "--yes", "--skip-preview")
    after = homelab.object("secret", "argocd-secret", "argocd")
    assert after["data"] == others
    for field in ("uid", "annotations", "labels"):
        assert after["metadata"][field] == with_key["metadata"][field]
