"""Runs `__main__.py` as the language host does, against a recording monitor."""

from __future__ import annotations

import asyncio
import contextvars
import json
import runpy
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pulumi.runtime import configure, set_all_config
from pulumi.runtime.settings import Settings
from pulumi.runtime.stack import run_in_stack

from tests.components.answers import CLIENT_ID, CLIENT_SECRET
from tests.components.monitor import Monitor, Registration

CHECKOUT = Path(__file__).parents[2]

GENERATED = {
    "infisical-encryption-key": "0123456789abcdef0123456789abcdef",
    "infisical-auth-secret": "ab" * 32,
    "infisical-postgres-password": "0f1e2d3c4b5a69788796a5b4",
    "infisical-redis-password": "deadbeefdeadbeefdeadbeef",
}
"""What the random provider makes of Infisical's own keys, by resource name."""

EARLIER = {
    "infisicalEncryptionKey": "fedcba9876543210FEDCBA9876543210",
    "infisicalAuthSecret": "RWFybGllckVhcmxpZXJFYXJsaWVyRWFybGllckVhcmw=",
    "infisicalPostgresPassword": "earlier-postgres-password",
    "infisicalRedisPassword": "earlier-redis-password-24",
}
IDENTITY = {
    "infisicalMachineIdentityClientId": CLIENT_ID,
    "infisicalMachineIdentityClientSecret": CLIENT_SECRET,
}
"""What only the manual mode takes; in the managed one Infisical makes the same."""
ADMIN = {"infisicalAdminPassword": "earlier-admin-password", "infisicalToken": "earlier-admin-token"}
VALUES = {
    "AUTHENTIK_SECRET_KEY": "given-value-of-authentik-secret-key",
    "GRAFANA_ADMIN_PASSWORD": "given-value-of-grafana-admin-password",
    "OPENROUTER_API_KEY": "given-value-of-openrouter-api-key",
    "GITHUB_TOKEN": "given-value-of-github-token",
}
"""Some of the apps' values, by key: two that would be generated otherwise, two that only the owner has."""
REPOSITORY = {
    "homelabRepoUrl": "git@github.com:someone/homelab.git",
    "argocdRepoSshPrivateKey": (
        "-----BEGIN OPENSSH PRIVATE KEY-----\nbm90LWEta2V5\n-----END OPENSSH PRIVATE KEY-----\n"
    ),
}
OIDC = {"argocdOidcClientSecret": "argocd-oidc-client-secret"}
REDIS_URL = {"infisicalRedisUrl": "rediss://:redis-url-password@redis.example.net:6380"}

IN_CLEAR = {"homelabRepoUrl", "infisical", "store", "apps", "rotations", "rotateEveryDays"}
"""The config keys that the stack file does not hold encrypted."""


@dataclass(frozen=True)
class Run:
    """What one run of the program registered, and what was made at random for it, by resource name."""

    registrations: dict[str, Registration]
    outputs: dict[str, Any]
    logged: list[str]
    made_at_random: dict[str, str]

    def of_type(self, kind: str) -> list[Registration]:
        """All registrations of a type, given by its last part: `Secret`; of Infisical's with it: `infisical:Secret`."""
        return [found for found in self.registrations.values() if _kind(found.type) == kind]

    def the(self, kind: str, name: str) -> Registration:
        """The one registration of a type and a resource name."""
        (found,) = [found for found in self.of_type(kind) if found.name == name]
        return found

    def objects(self) -> dict[str, dict[str, Any]]:
        """The Kubernetes objects that the program writes, each by `Kind namespace/name`."""
        written = [
            found.inputs
            for found in self.registrations.values()
            if found.type.startswith("kubernetes:") and not found.read
        ]
        named = {
            " ".join(
                (body["kind"], "/".join(filter(None, (body["metadata"].get("namespace"), body["metadata"]["name"]))))
            ): body
            for body in written
        }
        assert len(named) == len(written), "two registrations write one object"
        return named


def _kind(type_token: str) -> str:
    package, *_, last = type_token.split(":")
    return f"infisical:{last}" if package == "infisical" else last


def stack_file() -> dict[str, Any]:
    """`Pulumi.homelab.yaml`: its config, by key without the project's name."""
    config = yaml.safe_load((CHECKOUT / "Pulumi.homelab.yaml").read_text(encoding="utf-8"))["config"]
    return {key.removeprefix("homelab:"): value for key, value in config.items()}


def manual() -> dict[str, Any]:
    """The same config for an Infisical that the owner sets up by hand."""
    config = stack_file()
    for field in ("apiUrl", "deliverySeconds", "adminEmail", "organization", "operator"):
        config["infisical"].pop(field, None)
    return {**config, "infisical": {**config["infisical"], "mode": "manual"}}


MODES: dict[str, Callable[[], dict[str, Any]]] = {"managed": stack_file, "manual": manual}
"""The homelab of the stack file in each mode."""


def as_passed(config: Mapping[str, Any]) -> dict[str, str]:
    """Config values in the form that Pulumi passes to programs: texts as they are, structures as JSON."""
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}


def run(
    config: Mapping[str, Any],
    *,
    stashed: Mapping[str, str] | None = None,
    missing: Collection[str] = (),
    preview: bool = False,
    program: Path | None = None,
    of_others: Mapping[str, str] | None = None,
) -> Run:
    """
    Run the program with a stack config whose keys lack the project's name; every credential counts as encrypted.

    :param of_others: config of providers, by its whole key
    :raises pulumi.RunError: as the program does
    """
    monitor = Monitor(GENERATED, stashed or {}, missing, preview)
    values = {f"homelab:{key}": value for key, value in as_passed(config).items()} | dict(of_others or {})
    encrypted = [f"homelab:{key}" for key in config if key not in IN_CLEAR]

    def isolated() -> None:
        configure(Settings(project="homelab", stack="homelab", monitor=monitor, engine=monitor, dry_run=preview))
        set_all_config(values, encrypted)
        path = str(program or CHECKOUT / "__main__.py")

        def run() -> None:
            runpy.run_path(path, run_name="__main__")

        asyncio.run(run_in_stack(run))

    contextvars.copy_context().run(isolated)
    return Run(monitor.registrations, monitor.outputs, monitor.logged, monitor.made_at_random)
