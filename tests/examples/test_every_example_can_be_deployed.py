"""The real engine deploys each example into a throw-away state, with providers that reach nothing."""

from __future__ import annotations

import copy
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pulumi
import pytest
import yaml

from operations.pull_request.offline.stack import OfflineStack
from tests.checkout import CHECKOUT
from tests.components.program import run
from tooling.stack.throw_away import throw_away_value
from tooling.toolchain import Tools
from tooling.toolchain.progress import Reporter

pytestmark = pytest.mark.usefixtures("warm_starts")

EXAMPLES: Final = CHECKOUT / "examples"
PROGRAM: Final = ("Pulumi.yaml", "__main__.py", "components", "declaration", "infisical", "tooling", "requirements.txt")
STACK_FILE: Final = "Pulumi.homelab.yaml"
COMMAND: Final = re.compile(r"^ *pulumi config set --secret (homelab:\w+)$", re.MULTILINE)

DATABASES: Final = {
    "Application infisical-postgresql",
    "Application infisical-redis",
    "GuardedSecret infisical-database",
    "Restart redis",
    "Secret infisical-database",
}

IN_EVERY_EXAMPLE: Final = {
    "Application infisical",
    "ClusterSecretStore infisical",
    "DatabaseInUse database",
    "ExternalSecret monitoring/grafana-secret",
    "GuardedSecret infisical-machine-identity",
    "GuardedSecret infisical-secrets",
    "ImmutableKeys immutable-keys",
    "Namespace infisical",
    "RandomPassword infisical-auth-secret",
    "RandomPassword infisical-encryption-key",
    "RandomPassword infisical-postgres-password",
    "RandomPassword infisical-redis-password",
    "Secret infisical-secrets",
    "Stash infisical-auth-secret-changed-on",
    "Stash infisical-encryption-key",
    "Stash infisical-encryption-key-changed-on",
    "Stash infisical-postgres-password",
}
PASSWORDS_OF_THE_CHART: Final = {
    "GuardedSecret infisical-helm-secrets",
    "Secret infisical-helm-secrets",
    "Stash infisical-postgres-password-changed-on",
    "Stash infisical-redis-password-changed-on",
}
SET_UP: Final = {
    "ClientSecret homelab-eso",
    "Delivery monitoring/grafana-secret",
    "Folder /eso_check_keep_empty",
    "Identity homelab-eso",
    "Instance infisical",
    "Project project",
    "RandomPassword GRAFANA_ADMIN_PASSWORD",
    "RandomPassword infisical-admin-password",
    "Restart infisical",
    "Secret GRAFANA_ADMIN_PASSWORD",
    "Secret infisical-machine-identity",
}
CREDENTIALS_BY_HAND: Final = {"Secret infisical-machine-identity"}

PAPERLESS: Final = {
    "Delivery paperless/paperless-secret",
    "ExternalSecret paperless/paperless-secret",
    "Namespace paperless",
    "OwnedNamespace paperless",
    "RandomPassword PAPERLESS_SECRET_KEY",
    "Secret PAPERLESS_SECRET_KEY",
}


def _delivered(*places: str) -> set[str]:
    return {f"{kind} {place}" for kind in ("ExternalSecret", "Delivery") for place in places}


def _generated(*names: str) -> set[str]:
    return {f"{kind} {name}" for kind in ("RandomPassword", "Secret") for name in names}


SHAPES: Final = {
    *_delivered(*(f"forgejo/forgejo-{name}" for name in ("database", "mail", "registry", "basic-auth", "login"))),
    *_delivered("forgejo/forgejo-keystore", "traefik/forgejo-tls"),
    "Namespace forgejo",
    "OwnedNamespace forgejo",
    "Restart forgejo",
    *("Folder /forgejo", "Folder /shared/smtp"),
    *_generated("DATABASE_PASSWORD", "METRICS_PASSWORD"),
    *("Secret SMTP_PASSWORD", "Secret REGISTRY_TOKEN", "Secret KEYSTORE"),
    *("Secret TLS_CERTIFICATE", "Secret TLS_KEY", "Secret LOGIN"),
}

FOLDERS: Final = {
    *_delivered("databases/postgres-secret", "renovate/renovate-secret"),
    *_delivered(*(f"nextcloud/nextcloud-{name}" for name in ("secret", "database", "oidc"))),
    *(f"{kind} {name}" for kind in ("Namespace", "OwnedNamespace") for name in ("nextcloud", "renovate")),
    *(f"Folder /{name}" for name in ("nextcloud", "github", "gitlab", "shared/smtp", "shared/postgres", "shared/oidc")),
    "ClusterSecretStore infisical-shared-postgres-e1c692a4",
    *_generated("PG_PASSWORD", "NEXTCLOUD_ADMIN_PASSWORD"),
    *("Secret SMTP_PASSWORD", "Secret PG_USER", "Secret PG_PASSWORD_OLD", "Secret OIDC_CLIENT_SECRET"),
    *("Secret TOKEN", "Secret renovate/GITLAB_TOKEN"),
}

KINDS: Final = {
    *_delivered("authelia/authelia-secret", "authelia/authelia-oidc", "authelia/authelia-users"),
    *_delivered("airflow/airflow-secret", "airflow/airflow-dags-key"),
    *(f"{kind} {name}" for kind in ("Namespace", "OwnedNamespace") for name in ("authelia", "airflow")),
    *_generated(*(f"AUTHELIA_{name}" for name in ("SESSION_SECRET", "JWT_SECRET", "DUO_PIN"))),
    *_generated(*(f"AIRFLOW_{name}" for name in ("FERNET_KEY", "SECRET_KEY", "INSTANCE_ID"))),
    *_generated("ADMIN", "DAGS_KEY"),
    *_generated("OIDC_KEY"),
    "RsaKeyPair OIDC_KEY",
}

OF_OTHERS: Final = {
    *_delivered("argocd/argocd-secret", "monitoring/grafana"),
    *_generated("FORGEJO_WEBHOOK"),
    "Secret GRAFANA_OAUTH_CLIENT_SECRET",
}

OTHER_STORES: Final = {
    *_delivered(*(f"monitoring/grafana-{name}" for name in ("database", "cache", "registry"))),
    "Secret REGISTRY_NOTE",
}

# The only app of an example is often Grafana.
NO_GRAFANA: Final = {*_delivered("monitoring/grafana-secret"), *_generated("GRAFANA_ADMIN_PASSWORD")}

NOT_ELSEWHERE: Final = {
    "Application infisical",
    "DatabaseInUse database",
    "GuardedSecret infisical-secrets",
    "Namespace infisical",
    *(f"RandomPassword infisical-{name}" for name in ("auth-secret", "encryption-key", "admin-password")),
    *(f"RandomPassword infisical-{name}" for name in ("postgres-password", "redis-password")),
    "Restart infisical",
    "Secret infisical-secrets",
    *(f"Stash infisical-{name}" for name in ("auth-secret-changed-on", "encryption-key", "postgres-password")),
    "Stash infisical-encryption-key-changed-on",
}


def _of_staging(names: set[str]) -> set[str]:
    replaced = {
        "ClusterSecretStore infisical": "ClusterSecretStore staging",
        "Delivery monitoring/grafana-secret": "Delivery monitoring/grafana-staging",
        "ExternalSecret monitoring/grafana-secret": "ExternalSecret monitoring/grafana-staging",
        "GuardedSecret infisical-machine-identity": "GuardedSecret staging-machine-identity",
        "Secret infisical-machine-identity": "Secret staging-machine-identity",
    }
    return {replaced.get(name, name) for name in names}


EXPECTED: Final = {
    "separate-database": IN_EVERY_EXAMPLE
    | SET_UP
    | DATABASES
    | {name for name in PASSWORDS_OF_THE_CHART if name.startswith("Stash")},
    "second-environment": _of_staging((IN_EVERY_EXAMPLE | SET_UP) - NOT_ELSEWHERE),
    "infisical-elsewhere": (IN_EVERY_EXAMPLE | SET_UP) - NOT_ELSEWHERE,
    "flux-or-helm": (IN_EVERY_EXAMPLE | PASSWORDS_OF_THE_CHART | SET_UP)
    - {"Application infisical", "DatabaseInUse database"},
    "minimal": IN_EVERY_EXAMPLE | PASSWORDS_OF_THE_CHART | SET_UP,
    "apps-in-files": IN_EVERY_EXAMPLE | PASSWORDS_OF_THE_CHART | SET_UP | PAPERLESS,
    "shapes-of-secrets": IN_EVERY_EXAMPLE | PASSWORDS_OF_THE_CHART | SET_UP | SHAPES,
    "folders": (IN_EVERY_EXAMPLE | PASSWORDS_OF_THE_CHART | SET_UP | FOLDERS) - NO_GRAFANA,
    "generated-values": (IN_EVERY_EXAMPLE | PASSWORDS_OF_THE_CHART | SET_UP | KINDS) - NO_GRAFANA,
    "secrets-of-others": (IN_EVERY_EXAMPLE | PASSWORDS_OF_THE_CHART | SET_UP | OF_OTHERS) - NO_GRAFANA,
    "other-stores": IN_EVERY_EXAMPLE | PASSWORDS_OF_THE_CHART | SET_UP | OTHER_STORES,
    "external-database": IN_EVERY_EXAMPLE | SET_UP,
    "high-availability": IN_EVERY_EXAMPLE | SET_UP,
    "set-up-by-hand": IN_EVERY_EXAMPLE | PASSWORDS_OF_THE_CHART | CREDENTIALS_BY_HAND,
}


def declared(example: str) -> dict[str, Any]:
    """The stack file's `config:`."""
    config: dict[str, Any] = yaml.safe_load((EXAMPLES / example / STACK_FILE).read_text(encoding="utf-8"))["config"]
    return config


def secrets_of(example: str) -> dict[str, str]:
    """A throw-away value for each secret that a command of the README sets."""
    readme = (EXAMPLES / example / "README.md").read_text(encoding="utf-8")
    return {key: throw_away_value(key) for key in COMMAND.findall(readme)}


def resources(state: Any) -> set[str]:
    """`Type name` of each resource that a provider or the engine manages."""
    managed = [
        resource
        for resource in state["deployment"]["resources"]
        if resource["custom"] and not resource.get("external") and "pulumi:providers:" not in resource["type"]
    ]
    return {f"{each['type'].rpartition(':')[2]} {each['urn'].rpartition('::')[2]}" for each in managed}


def test_every_example_has_an_expectation() -> None:
    assert {folder.name for folder in EXAMPLES.iterdir() if folder.is_dir()} == set(EXPECTED)


@pytest.mark.parametrize("example", EXPECTED)
def test_an_example_deploys_its_resources_without_an_error(example: str, tools: Tools, tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    for name in PROGRAM:
        source = CHECKOUT / name
        copied = shutil.copytree if source.is_dir() else shutil.copyfile
        copied(source, project / name)
    if (EXAMPLES / example / "apps").is_dir():
        shutil.copytree(EXAMPLES / example / "apps", project / "apps")
    secrets = secrets_of(example)
    stack = OfflineStack(tmp_path, tools, "homelab", Reporter())
    stack.prepare(project, declared(example) | secrets, set(secrets.values()))

    errors = stack.put(project)

    assert errors == ()
    assert resources(stack.state(project)) == EXPECTED[example]


def _without_one_field(config: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The config without one of its fields, for each; with the field's path."""

    def paths(mapping: dict[str, Any], path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        for key, value in mapping.items():
            yield (*path, key)
            if isinstance(value, dict):
                yield from paths(value, (*path, key))

    for path in paths(config, ()):
        changed = copy.deepcopy(config)
        mapping = changed
        for key in path[:-1]:
            mapping = mapping[key]
        del mapping[path[-1]]
        yield ".".join(path), changed


def test_no_field_of_the_minimal_example_can_be_left_out() -> None:
    config = {key.removeprefix("homelab:"): value for key, value in declared("minimal").items()}
    run(config)

    accepted = []
    for path, changed in _without_one_field(config):
        try:
            run(changed)
        except pulumi.RunError:
            continue
        accepted.append(path)

    # A homelab without apps is valid, but no example.
    assert accepted == ["apps.grafana"]
