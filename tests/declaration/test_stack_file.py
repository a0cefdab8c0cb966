"""`Pulumi.homelab.yaml` is the whole homelab, without a secret, and `Pulumi.yaml` declares what it needs."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from declaration import APPS, ARGOCD, STRUCTURES, AppSecret, FromConfig, Generate, Manual, Problem, Source, parse_apps
from tests.checkout import CHECKOUT
from tests.declaration.stack_config import stack_file

STACK_FILE = "Pulumi.homelab.yaml"

# As the predecessor documents them: the app's Secret, its key, the key in Infisical, and how the value is made.
DELIVERED: dict[str, dict[str, tuple[str, Source]]] = {
    "authentik/authentik-secret": {
        "AUTHENTIK_SECRET_KEY": ("AUTHENTIK_SECRET_KEY", Generate("hex", 32)),
        "AUTHENTIK_BOOTSTRAP_PASSWORD": ("AUTHENTIK_BOOTSTRAP_PASSWORD", Generate("password", 32)),
        "AUTHENTIK_BOOTSTRAP_TOKEN": ("AUTHENTIK_BOOTSTRAP_TOKEN", Generate("hex", 32)),
        "AUTHENTIK_POSTGRESQL__PASSWORD": ("AUTHENTIK_POSTGRES_PASSWORD", Generate("hex", 12)),
        "pg-password": ("AUTHENTIK_POSTGRES_PASSWORD", Generate("hex", 12)),
    },
    "monitoring/grafana-secret": {
        "admin-password": ("GRAFANA_ADMIN_PASSWORD", Generate("hex", 12)),
        "oauth-client-secret": ("GRAFANA_OAUTH_CLIENT_SECRET", Manual()),
    },
    "openclaw/openclaw-secret": {
        "OPENCLAW_GATEWAY_TOKEN": ("OPENCLAW_GATEWAY_TOKEN", Generate("hex", 32)),
        **{
            key: (key, FromConfig())
            for key in (
                "OPENROUTER_API_KEY",
                "GEMINI_API_KEY",
                "GITHUB_TOKEN",
                "DISCORD_BOT_TOKEN",
                "DISCORD_WEBHOOK_DEUTSCH",
                "DISCORD_WEBHOOK_ENGLISH",
                "DISCORD_WEBHOOK_ALERTS",
            )
        },
    },
}
LITERALS = {
    "authentik/authentik-secret": {},
    "monitoring/grafana-secret": {"admin-user": "admin", "oauth-client-id": "grafana"},
    "openclaw/openclaw-secret": {},
}


def _project() -> dict[str, Any]:
    project: dict[str, Any] = yaml.safe_load((CHECKOUT / "Pulumi.yaml").read_text(encoding="utf-8"))
    return project


def _apps() -> dict[str, AppSecret]:
    problems: list[Problem] = []
    apps = parse_apps("homelab:apps", stack_file()["apps"], problems)
    assert problems == []
    return {secret.place: secret for app in apps for secret in app.secrets}


def test_it_has_every_secret_of_the_predecessor_and_no_other() -> None:
    assert sorted(_apps()) == sorted(DELIVERED)


@pytest.mark.parametrize("secret", DELIVERED)
def test_each_key_of_a_secret_has_its_documented_origin(secret: str) -> None:
    delivered = _apps()[secret]

    assert {name: (key.name, key.source) for key in delivered.keys for name in key.secret_keys} == DELIVERED[secret]
    assert delivered.literals == LITERALS[secret]


def test_only_authentiks_secret_key_is_immutable() -> None:
    never = [key.name for app in _apps().values() for key in app.keys if key.immutable]

    assert never == ["AUTHENTIK_SECRET_KEY"]


def test_its_infisical_is_set_up_by_the_program() -> None:
    assert stack_file()["infisical"]["mode"] == "managed"


def test_it_creates_no_namespace_of_the_apps() -> None:
    assert not [name for name, app in stack_file()["apps"].items() if app.get("createNamespace")]


def test_it_holds_no_secret_and_no_encryption_salt() -> None:
    text = (CHECKOUT / STACK_FILE).read_text(encoding="utf-8")
    document = yaml.safe_load(text)

    assert "secure:" not in text
    assert list(document) == ["config"]
    assert sorted(stack_file()) == sorted([*STRUCTURES, ARGOCD])


def test_the_project_is_what_its_tools_expect() -> None:
    project = _project()

    assert project["name"] == "homelab"
    assert project["runtime"] == {"name": "python", "options": {"virtualenv": ".venv"}}


def test_the_project_demands_the_structures_and_describes_them() -> None:
    """Pulumi requires these keys in each stack: no credential may be among them, and not `apps`, which may be files."""
    declared = {key: field for key, field in _project()["config"].items() if ":" not in key}

    assert sorted([*declared, APPS]) == sorted(STRUCTURES)
    for field in declared.values():
        assert field["type"] == "object"
        assert field["description"]


def test_secrets_are_changed_in_place() -> None:
    """Otherwise a changed Secret is deleted first, while pods use it."""
    assert _project()["config"]["kubernetes:enableSecretMutable"] == {"value": True}
