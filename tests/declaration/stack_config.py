"""Stack configs: that of the repository, and valid values for every other key. Imports no Pulumi."""

from __future__ import annotations

import copy
import functools
import json
from collections.abc import Callable, Mapping
from typing import Any

import yaml

from tests.checkout import CHECKOUT

EARLIER = {
    "infisicalEncryptionKey": "fedcba9876543210FEDCBA9876543210",
    "infisicalAuthSecret": "RWFybGllckVhcmxpZXJFYXJsaWVyRWFybGllckVhcmw=",
    "infisicalPostgresPassword": "earlier-postgres-password",
    "infisicalRedisPassword": "earlier-redis-password-24",
}
IDENTITY = {
    "infisicalMachineIdentityClientId": "identity-client-id",
    "infisicalMachineIdentityClientSecret": "identity-client-secret",
}
"""What only the manual mode takes; in the managed one Infisical makes the same."""
ADMIN_IDENTITY = {
    "infisicalAdminClientId": "admin-client-id",
    "infisicalAdminClientSecret": "admin-client-secret",
}
ADMIN = {"infisicalAdminPassword": "earlier-admin-password", "infisicalToken": "earlier-admin-token"}
VALUES = {
    "AUTHENTIK_SECRET_KEY": "given-value-of-authentik-secret-key",
    "GRAFANA_ADMIN_PASSWORD": "given-value-of-grafana-admin-password",
    "OPENROUTER_API_KEY": "given-value-of-openrouter-api-key",
    "GITHUB_TOKEN": "given-value-of-github-token",
}
"""Some of the apps' values, by key: two that are otherwise generated, two that only the owner has."""
REPOSITORY = {
    "homelabRepoUrl": "git@github.com:someone/homelab.git",
    "argocdRepoSshPrivateKey": (
        "-----BEGIN OPENSSH PRIVATE KEY-----\nbm90LWEta2V5\n-----END OPENSSH PRIVATE KEY-----\n"
    ),
}
OIDC = {"argocdOidcClientSecret": "argocd-oidc-client-secret"}
S3_LOGIN = {"backupS3AccessKeyId": "canary-access-key", "backupS3SecretAccessKey": "canary-secret-key"}
REDIS_URL = {"infisicalRedisUrl": "rediss://:redis-url-password@redis.example.net:6380"}

IN_CLEAR = {
    "homelabRepoUrl",
    "infisical",
    "store",
    "apps",
    "appFiles",
    "shared",
    "argocd",
    "backup",
    "rotations",
    "rotateEveryDays",
    "restoreSeeds",
}
"""The config keys that the stack file does not hold encrypted."""


def stack_file() -> dict[str, Any]:
    """`Pulumi.homelab.yaml`: its config, by key without the project's name."""
    return copy.deepcopy(_stack_file())


@functools.cache
def _stack_file() -> dict[str, Any]:
    config = yaml.safe_load((CHECKOUT / "Pulumi.homelab.yaml").read_text(encoding="utf-8"))["config"]
    return {key.removeprefix("homelab:"): value for key, value in config.items()}


def manual() -> dict[str, Any]:
    """The same config for an Infisical that the owner sets up by hand."""
    config = stack_file()
    for field in (
        "apiUrl",
        "startSeconds",
        "deliverySeconds",
        "restartSeconds",
        "commandSeconds",
        "adminEmail",
        "organization",
        "operator",
    ):
        config["infisical"].pop(field, None)
    return {**config, "infisical": {**config["infisical"], "mode": "manual"}}


def elsewhere(**infisical: Any) -> dict[str, Any]:
    """The same config for an Infisical that runs elsewhere, with the login of a machine identity."""
    config = stack_file()
    site = {"install": "none", "url": "https://infisical.example.net", **infisical}
    store = {**config["store"], "hostAPI": "https://infisical.example.net"}
    del config["argocd"]
    return {**config, "infisical": site, "store": store, **ADMIN_IDENTITY}


MODES: dict[str, Callable[[], dict[str, Any]]] = {"managed": stack_file, "manual": manual}
"""The homelab of the stack file in each mode."""


def as_passed(config: Mapping[str, Any]) -> dict[str, str]:
    """Config values in the form that Pulumi passes to programs: strings as they are, structures as JSON."""
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}
