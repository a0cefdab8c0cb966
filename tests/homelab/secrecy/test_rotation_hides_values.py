"""No output, log, state or process argument shows an old or new value of a rotated key."""

from __future__ import annotations

import pytest

from tests.homelab.canaries import arguments_watched, assert_nowhere, places_of
from tests.homelab.deployment import Homelab
from tests.homelab.owner import Owner

GENERATED, GIVEN = "GRAFANA_ADMIN_PASSWORD", "GRAFANA_OAUTH_CLIENT_SECRET"
ROTATED = (GENERATED, "infisicalAuthSecret", "infisicalRedisPassword", "infisicalMachineIdentityClientSecret")


@pytest.fixture(scope="module")
def homelab(deployed_homelab: Homelab) -> Homelab:
    """The command of one key prints the old and the new value, and fails once."""
    grafana = deployed_homelab.config["homelab:apps"]["grafana"]
    grafana["keys"][GENERATED]["changeCommand"] = (
        'echo "$OLD_VALUE becomes $NEW_VALUE"; test -e failed || { touch failed; exit 1; }'
    )
    deployed_homelab.declare()
    return deployed_homelab


def values_of(homelab: Homelab) -> set[str]:
    secrets = (
        ("infisical", "infisical-secrets"),
        ("external-secrets", "infisical-machine-identity"),
        ("monitoring", "grafana-secret"),
    )
    # A client ID is not secret.
    held = {value for place in secrets for key, value in homelab.secret(*place).items() if key != "clientId"}
    helm = homelab.secret("argocd", "infisical-helm-secrets")["values.yaml"]
    passwords = {line.partition('"')[2].rstrip('"') for line in helm.splitlines() if '"' in line}
    return {value for value in held | passwords | set(Owner(homelab).values().values()) if len(value) >= 16}


def test_old_and_new_values_are_hidden(homelab: Homelab) -> None:
    values = values_of(homelab)
    homelab.rotate(*ROTATED, trigger="2026-11")
    homelab.set_value(GIVEN, "canary-second-oauth-secret")

    with arguments_watched() as arguments:
        homelab.run("preview", "--diff", "--json")
        # With its preview.
        failed = homelab.attempt("up", "--yes", "--diff", "--verbose=8", "--logtostderr")
        homelab.up("--diff", "--verbose=8", "--logtostderr")
        homelab.run("refresh", "--yes", "--skip-preview", "--diff")
        homelab.run("stack", "output", "--show-secrets")

    assert failed.code != 0
    assert "[hidden] becomes [hidden]" in failed.output
    assert homelab.secret("monitoring", "grafana-secret")["oauth-client-secret"] == "canary-second-oauth-secret"
    after = values_of(homelab)
    assert len(after - values) >= 5, "all values changed"
    assert_nowhere(values | after, places_of(homelab, arguments))
