"""No output, log, state, preview or process argument contains a secret value in clear."""

from __future__ import annotations

import base64

from tests.homelab.canaries import arguments_watched, assert_nowhere, places_of
from tests.homelab.deployment import Homelab

AT_FIRST = {
    "infisicalEncryptionKey": "c0ffee00c0ffee11c0ffee22c0ffee33",
    "infisicalPostgresPassword": "canary-postgres-password-0001",
    "infisicalMachineIdentityClientId": "canary-client-id-3",
    "infisicalMachineIdentityClientSecret": "canary-client-secret-4",
    "argocdOidcClientSecret": "canary-oidc-client-secret-5",
    "argocdRepoSshPrivateKey": "-----BEGIN KEY-----\ncanary-line-of-a-private-key-6\n-----END KEY-----",
}
"""Given in the stack config. The auth secret and the password of Redis are generated."""

LATER = {
    **AT_FIRST,
    "infisicalAuthSecret": base64.b64encode(b"canary of thirty-two bytes, made").decode(),
    "infisicalRedisPassword": "canary-redis-password-00000002",
    "infisicalMachineIdentityClientSecret": "canary-client-secret-7",
    "argocdOidcClientSecret": "canary-oidc-8",
}
del LATER["infisicalEncryptionKey"]

SECRETS = (
    ("infisical", "infisical-secrets"),
    ("argocd", "infisical-helm-secrets"),
)


def held(homelab: Homelab) -> set[str]:
    """The values in the Secrets, and the passwords in the values of the chart."""
    values = {value for name in SECRETS for value in homelab.secret(*name).values()}
    passwords = {line.partition('"')[2].rstrip('"') for value in values for line in value.splitlines() if '"' in line}
    return values | passwords


def test_no_given_or_generated_secret_is_shown(bare_homelab: Homelab) -> None:
    homelab = bare_homelab
    homelab.config["homelab:homelabRepoUrl"] = "git@example.net:homelab.git"
    homelab.credentials.update(AT_FIRST)
    homelab.declare()

    with arguments_watched() as arguments:
        # From level 9 on, the engine logs each message to and from its plugins, with all values.
        homelab.up("--diff", "--verbose=8", "--logtostderr", previewed=True)
        generated = held(homelab)
        homelab.credentials.clear()
        homelab.credentials.update(LATER)
        homelab.config["homelab:infisical"]["replicas"] = 2
        homelab.declare()
        homelab.run("preview", "--diff", "--json")
        homelab.up("--diff", previewed=True)
        homelab.run("refresh", "--yes", "--skip-preview", "--diff")
        homelab.run("stack", "--show-ids", "--show-urns")
        homelab.run("stack", "output", "--show-secrets")
        given = held(homelab)
        homelab.run("state", "unprotect", "--all", "--yes")
        homelab.run("destroy", "--yes", "--diff")

    places = places_of(homelab, arguments)
    assert len(generated - given) >= 3, "the auth secret and the password of Redis were generated, then given"
    assert "plugins.kubernetes" in places["arguments"] or "pulumi-resource-kubernetes" in places["arguments"]
    assert_nowhere({*generated, *given, *AT_FIRST.values(), *LATER.values()}, places)
