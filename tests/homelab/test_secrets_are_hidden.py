"""No output, log, state, preview or process argument contains a secret value in clear."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest

from tests.homelab.canaries import arguments_watched, assert_nowhere, places_of
from tests.homelab.deployment import Homelab

CANARIES = {
    "infisicalEncryptionKey": "c0ffee00c0ffee11c0ffee22c0ffee33",
    "infisicalAuthSecret": base64.b64encode(b"canary of thirty-two bytes, made").decode(),
    "infisicalPostgresPassword": "canary-postgres-password-0001",
    "infisicalRedisPassword": "canary-redis-password-00000002",
    "infisicalMachineIdentityClientId": "canary-client-id-3",
    "infisicalMachineIdentityClientSecret": "canary-client-secret-4",
    "argocdOidcClientSecret": "canary-oidc-client-secret-5",
    "argocdRepoSshPrivateKey": "-----BEGIN KEY-----\ncanary-line-of-a-private-key-6\n-----END KEY-----",
}
CHANGED = {
    **CANARIES,
    "infisicalMachineIdentityClientSecret": "canary-client-secret-7",
    "argocdOidcClientSecret": "canary-oidc-8",
}
del CHANGED["infisicalEncryptionKey"]


@pytest.mark.parametrize("source", ["given", "generated"])
def test_no_secret_is_shown(bare_homelab: Callable[..., Homelab], source: str) -> None:
    homelab = bare_homelab()
    if source == "given":
        homelab.config["homelab:homelabRepoUrl"] = "git@example.net:homelab.git"
        homelab.declare()
        for key, value in CANARIES.items():
            homelab.set_secret(key, value)

    with arguments_watched() as arguments:
        homelab.run("preview", "--diff")
        # From level 9 on, the engine logs each message to and from its plugins, with all values.
        homelab.up("--diff", "--verbose=8", "--logtostderr", previewed=True)
        if source == "given":
            for key, value in CHANGED.items():
                homelab.set_secret(key, value)
        homelab.config["homelab:infisical"]["replicas"] = 2
        homelab.declare()
        homelab.run("preview", "--diff", "--json")
        homelab.run("preview", "--diff")
        homelab.up("--diff")
        homelab.run("refresh", "--yes", "--diff")
        homelab.run("stack", "--show-ids", "--show-urns")
        homelab.run("stack", "output", "--show-secrets")
        values = {value for name in SECRETS for value in homelab.secret(*name).values()}
        homelab.run("state", "unprotect", "--all", "--yes")
        homelab.run("destroy", "--yes", "--diff")

    values |= {*CANARIES.values(), *CHANGED.values()} if source == "given" else set()
    passwords = {line.partition('"')[2].rstrip('"') for value in values for line in value.splitlines() if '"' in line}
    places = places_of(homelab, arguments)
    assert len(values) >= 3
    assert "plugins.kubernetes" in places["arguments"] or "pulumi-resource-kubernetes" in places["arguments"]
    assert_nowhere(values | passwords, places)


SECRETS = (
    ("infisical", "infisical-secrets"),
    ("argocd", "infisical-helm-secrets"),
)
