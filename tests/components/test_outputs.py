"""The stack's outputs, and the next steps of an Infisical that is set up by hand."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from components.next_steps import _GENERATORS
from declaration.inventory.key_pairs import ed25519
from tests.components.program import run
from tests.declaration.apps import SIZES
from tests.declaration.stack_config import EARLIER, IDENTITY, MODES, OIDC, REPOSITORY, manual

LENGTHS: dict[str, Callable[[int], int]] = {
    "hex": lambda size: 2 * size,
    "base64": lambda size: 4 * -(-size // 3),
    "password": lambda size: size,
    "base64url": lambda size: -(-8 * size // 6),
    "uuid": lambda _: 36,
    "fernet": lambda _: 44,
    "ed25519": lambda _: len(ed25519(bytes(32))),
}

HOW_TO_GET = {
    "AUTHENTIK_SECRET_KEY": "`openssl rand -hex 32` (never change it after the first installation)",
    "AUTHENTIK_BOOTSTRAP_PASSWORD": "head -c 32`",
    "AUTHENTIK_BOOTSTRAP_TOKEN": "`openssl rand -hex 32`",
    "AUTHENTIK_POSTGRES_PASSWORD": "`openssl rand -hex 12`",
    "GRAFANA_ADMIN_PASSWORD": "`openssl rand -hex 12`",
    "GRAFANA_OAUTH_CLIENT_SECRET": "copy it from the system that creates it",
    "OPENCLAW_GATEWAY_TOKEN": "`openssl rand -hex 32`",
    "OPENROUTER_API_KEY": "copy it from the service that issues it",
    "GEMINI_API_KEY": "copy it from the service that issues it",
    "GITHUB_TOKEN": "copy it from the service that issues it",
    "DISCORD_BOT_TOKEN": "copy it from the service that issues it",
    "DISCORD_WEBHOOK_DEUTSCH": "copy it from the service that issues it",
    "DISCORD_WEBHOOK_ENGLISH": "copy it from the service that issues it",
    "DISCORD_WEBHOOK_ALERTS": "copy it from the service that issues it",
}
IDENTITY_STEP, OIDC_STEP = "machine identity", "Argo CD's OIDC client secret"


def _steps(**config: Any) -> dict[str, str]:
    steps: dict[str, str] = run({**manual(), **config}).outputs["nextSteps"]
    return steps


@pytest.mark.parametrize("mode", MODES)
def test_the_outputs_name_the_address_the_store_and_the_apps(mode: str) -> None:
    outputs = run(MODES[mode]()).outputs

    assert sorted(outputs) == ["apps", "infisical", "nextSteps", "rotations", "store"]
    assert outputs["infisical"] == "https://holdens-mac-mini.story-larch.ts.net:8445"
    assert outputs["store"] == "infisical"
    assert outputs["apps"] == {
        "authentik": "authentik/authentik-secret",
        "grafana": "monitoring/grafana-secret",
        "openclaw": "openclaw/openclaw-secret",
    }


def test_the_outputs_are_known_in_the_first_preview_except_the_dates_of_new_values() -> None:
    previewed, deployed = run(manual(), preview=True).outputs, run(manual()).outputs

    assert previewed.keys() == deployed.keys()
    assert {name for name, output in deployed.items() if previewed[name] != output} == {"rotations"}


def test_at_first_there_is_a_step_for_every_value() -> None:
    assert sorted(_steps()) == sorted([*HOW_TO_GET, IDENTITY_STEP, OIDC_STEP])


@pytest.mark.parametrize(("key", "how"), HOW_TO_GET.items(), ids=list(HOW_TO_GET))
def test_the_step_of_a_key_says_where_it_goes_and_how_to_get_it(key: str, how: str) -> None:
    step = _steps()[key]

    assert step.startswith(f"in Infisical, project homelab, environment prod, add {key} to /: ")
    assert step.endswith(how)


def test_keys_of_one_name_in_two_folders_are_two_steps() -> None:
    apps = {name: {"namespace": name, "keys": {"KEY": {"source": "manual"}}} for name in ("one", "two")}
    store = {**manual()["store"], "secretsPath": "/apps", "folderPerApp": True}

    steps = _steps(apps=apps, store=store)
    assert "add KEY to /apps/one: " in steps["one/KEY"]
    assert "add KEY to /apps/two: " in steps["two/KEY"]


def test_the_step_of_the_machine_identity_names_its_config_keys() -> None:
    step = _steps()[IDENTITY_STEP]

    for key in IDENTITY:
        assert re.search(rf"`pulumi config set (homelab:{key} --secret|--secret homelab:{key})`", step)
    assert "`pulumi up`" in step


def test_with_a_machine_identity_only_argo_cds_step_is_left() -> None:
    assert list(_steps(**IDENTITY)) == [OIDC_STEP]


def test_with_everything_set_nothing_is_left() -> None:
    assert _steps(**IDENTITY, **OIDC) == {}
    assert _steps(**IDENTITY, **OIDC, **EARLIER, **REPOSITORY) == {}


def test_a_key_that_two_apps_read_is_one_step() -> None:
    shared = {"KEY": {"source": "manual"}}
    apps = {name: {"namespace": name, "keys": shared} for name in ("one", "two")}

    assert sorted(_steps(apps=apps, **OIDC)) == ["KEY", IDENTITY_STEP]


@pytest.mark.skipif(not shutil.which("openssl"), reason="needs openssl: apt-get install openssl")
@pytest.mark.parametrize(
    ("kind", "size"), [(kind, size) for kind in LENGTHS for size in dict.fromkeys(SIZES[kind])], ids=str
)
def test_the_command_of_a_step_creates_a_value_of_the_declared_size(kind: str, size: int) -> None:
    if kind == "ed25519" and not shutil.which("ssh-keygen"):
        pytest.skip("needs ssh-keygen: apt-get install openssh-client")
    command = _GENERATORS[kind].format(size=size)

    lengths = {
        len(subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True).stdout.strip())
        for _ in range(5)
    }

    assert lengths == {LENGTHS[kind](size)}


def test_the_command_of_each_kind_is_tested() -> None:
    assert {*LENGTHS, "rsa"} == set(_GENERATORS)


@pytest.mark.skipif(not shutil.which("openssl"), reason="needs openssl: apt-get install openssl")
@pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="needs ssh-keygen: apt-get install openssh-client")
def test_the_command_of_an_rsa_key_creates_a_pair_of_the_declared_size() -> None:
    command = _GENERATORS["rsa"].format(size=2048)

    parts = json.loads(subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True).stdout)

    private = load_pem_private_key(parts["private"].encode(), None)
    assert isinstance(private, RSAPrivateKey)
    assert private.key_size == 2048
    public = private.public_key()
    assert parts["public"] == public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    assert parts["publicPem"] == public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def test_the_step_of_a_password_with_its_hash_says_what_to_set() -> None:
    key = {"source": "generate", "kind": "hashedPassword", "size": 32}

    step = _steps(apps={"web": {"namespace": "web", "keys": {"LOGIN": key}}})["LOGIN"]

    assert 'set `{"password": "…", "bcrypt": "…"}`, with 32 random characters' in step
