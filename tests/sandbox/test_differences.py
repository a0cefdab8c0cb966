"""The sandbox's stack replaces the homelab's addresses, and the secrets that only its owner has."""

from __future__ import annotations

import base64
import copy
import json
from typing import Any

import pytest
import yaml

from declaration import parse
from sandbox.stack.differences import is_set, on_this_machine, throw_away_values
from tests.checkout import CHECKOUT

URL = "http://127.0.0.1:21000"
COMMANDS = {"setAside": "set it aside", "restore": "restore it"}

CONFIG: dict[str, Any] = {
    "homelab:infisical": {"url": "https://homelab:8445", "adminEmail": "a@homelab.test", "chartVersion": "1.7.2"},
    "homelab:store": {"hostAPI": "http://service:8080", "projectSlug": "homelab"},
    "homelab:apps": {
        "web": {
            "namespace": "web",
            "keys": {
                "BY_HAND": {"source": "manual", "secretKeys": ["by-hand"]},
                "GIVEN.BY-OTHERS": {"source": "config"},
                "MADE": {"source": "generate", "kind": "hex", "size": 32},
            },
        },
        "also": {"namespace": "also", "keys": {"GIVEN.BY-OTHERS": {"source": "config"}}},
    },
}
MANUAL: dict[str, Any] = {**CONFIG, "homelab:infisical": {**CONFIG["homelab:infisical"], "mode": "manual"}}


def test_only_the_addresses_are_replaced() -> None:
    infisical = {**CONFIG["homelab:infisical"], "apiUrl": "http://node:30445", "tailscalePort": 8445}

    changed = on_this_machine({**CONFIG, "homelab:infisical": infisical}, URL)

    assert changed["homelab:infisical"] == {"url": URL, "adminEmail": "a@homelab.test", "chartVersion": "1.7.2"}
    assert changed["homelab:store"] == {"hostAPI": URL, "projectSlug": "homelab"}


@pytest.mark.parametrize("mode", ["managed", "manual"])
def test_an_infisical_elsewhere_is_installed_on_this_machine(mode: str) -> None:
    site = {"install": "none", "mode": mode, "url": "https://infisical.example.net"}
    store = {**CONFIG["homelab:store"], "caBundle": "certificates"}
    login = {"homelab:infisicalAdminClientId": "id", "homelab:infisicalAdminClientSecret": "secret"}

    changed = on_this_machine({**CONFIG, "homelab:infisical": site, "homelab:store": store, **login}, URL)

    administrator = {"adminEmail": "admin@homelab.sandbox"} if mode == "managed" else {}
    assert changed["homelab:infisical"] == {"mode": mode, "url": URL, **administrator}
    assert changed["homelab:store"] == {"hostAPI": URL, "projectSlug": "homelab"}
    assert not login.keys() & changed.keys()


def test_the_keys_of_the_homelabs_cluster_are_removed() -> None:
    cluster = {f"kubernetes:{key}": "the-homelab" for key in ("kubeconfig", "context", "cluster")}

    assert on_this_machine({**CONFIG, **cluster, "kubernetes:enableSecretMutable": True}, URL).keys() == {
        *CONFIG,
        "kubernetes:enableSecretMutable",
    }


def test_the_fakes_data_can_be_set_aside() -> None:
    changed = on_this_machine(CONFIG, URL, COMMANDS)

    assert changed["homelab:infisical"]["database"] == {
        "kind": "bundled",
        "changePassword": ":",
        **COMMANDS,
    }


def test_no_command_of_the_owner_runs_on_this_machine() -> None:
    """They would change the owner's own systems to throw-away values."""
    key = {"source": "config", "changeCommand": "touch owner"}
    secrets = {"db": {"keys": {"SECOND": key}}}
    config = {
        **CONFIG,
        "homelab:infisical": {
            **CONFIG["homelab:infisical"],
            "database": {"kind": "bundled", **dict.fromkeys(("changePassword", "setAside", "restore"), "touch owner")},
        },
        "homelab:shared": {"SHARED": key},
        "homelab:apps": {"restore": {"namespace": "web", "keys": {"changeCommand": key}, "secrets": secrets}},
    }

    for commands in (COMMANDS, None):
        changed = on_this_machine(config, URL, commands)
        assert "touch owner" not in str(changed)
        assert changed["homelab:apps"]["restore"]["keys"]["changeCommand"] == {"source": "config"}, "only fields go"


def test_a_key_with_source_manual_gets_its_value_from_the_stack() -> None:
    keys = on_this_machine(CONFIG, URL)["homelab:apps"]["web"]["keys"]

    assert keys["BY_HAND"] == {"source": "config", "secretKeys": ["by-hand"]}
    assert {name: key for name, key in keys.items() if name != "BY_HAND"} == {
        name: key for name, key in CONFIG["homelab:apps"]["web"]["keys"].items() if name != "BY_HAND"
    }


def test_the_keys_of_a_store_of_the_owner_stay_as_they_are() -> None:
    app = {"namespace": "blog", "store": {"kind": "SecretStore", "name": "kubernetes"}, "keys": {"TOKEN": {}}}

    changed = on_this_machine({**CONFIG, "homelab:apps": {"blog": app}}, URL)

    assert changed["homelab:apps"]["blog"]["keys"] == {"TOKEN": {}}


def test_in_manual_mode_the_keys_keep_their_source() -> None:
    assert on_this_machine(MANUAL, URL)["homelab:apps"] == CONFIG["homelab:apps"]


def test_the_given_config_is_not_changed() -> None:
    before = copy.deepcopy(CONFIG)

    on_this_machine(CONFIG, URL)

    assert before == CONFIG


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"homelab:apps": []},
        {"homelab:apps": {"web": None}},
        {"homelab:apps": {"web": {"keys": ["A"]}}},
        {"homelab:apps": {"web": {"keys": {"A": "manual"}}}},
        {"homelab:infisical": "https://…"},
        {"homelab:store": None},
    ],
    ids=str,
)
def test_a_wrong_declaration_is_copied_for_the_program_to_refuse(config: dict[str, Any]) -> None:
    assert on_this_machine(config, URL) == config
    assert not any("values" in path for path in throw_away_values(config))


def test_managed_mode_needs_the_values_of_the_apps() -> None:
    assert set(throw_away_values(on_this_machine(CONFIG, URL))) == {
        "homelab:argocdOidcClientSecret",
        'homelab:values["BY_HAND"]',
        'homelab:values["GIVEN.BY-OTHERS"]',
    }


def test_manual_mode_needs_the_credentials_of_the_operator() -> None:
    assert set(throw_away_values(MANUAL)) == {
        "homelab:argocdOidcClientSecret",
        "homelab:infisicalMachineIdentityClientId",
        "homelab:infisicalMachineIdentityClientSecret",
    }


def test_further_declared_parts_need_their_secrets() -> None:
    external = {**CONFIG["homelab:infisical"], "database": {"kind": "external", "secretName": "db", "secretKey": "URI"}}
    declared = {"homelab:infisical": external, "homelab:homelabRepoUrl": "git@github.com:owner/homelab.git"}

    wanted = throw_away_values(declared)

    assert {"homelab:infisicalRedisUrl", "homelab:argocdRepoSshPrivateKey"} <= set(wanted)
    assert wanted["homelab:argocdRepoSshPrivateKey"]().startswith("-----BEGIN OPENSSH PRIVATE KEY-----\n")


def test_throw_away_values_differ() -> None:
    wanted = throw_away_values(on_this_machine(CONFIG, URL))

    assert len({make() for make in wanted.values()} | {make() for make in wanted.values()}) == 2 * len(wanted)


def test_a_set_value_is_found_by_its_path() -> None:
    config = {"homelab:one": {"secure": "v1"}, "homelab:values": {"A.B": {"secure": "v1"}}}

    assert is_set(config, "homelab:one")
    assert is_set(config, 'homelab:values["A.B"]')
    assert not is_set(config, 'homelab:values["A"]')
    assert not is_set(config, "homelab:two")
    assert not is_set({}, 'homelab:values["A.B"]')


@pytest.mark.parametrize("mode", ["managed", "manual"])
async def test_the_program_accepts_the_homelabs_declaration_on_this_machine(mode: str) -> None:
    """No further secret is needed, for any declaration. (Outputs need a running event loop.)"""
    homelab = yaml.safe_load((CHECKOUT / "Pulumi.homelab.yaml").read_text())["config"]
    homelab["homelab:infisical"]["mode"] = mode
    if mode == "manual":
        for field in ("adminEmail", "organization"):
            homelab["homelab:infisical"].pop(field, None)
    here = on_this_machine(homelab, URL)
    structures = {key.removeprefix("homelab:"): json.dumps(value) for key, value in here.items()}
    secrets = {path.removeprefix("homelab:"): make() for path, make in throw_away_values(here).items()}
    values = {key[8:-2]: value for key, value in secrets.items() if key.startswith('values["')}
    given = {key: value for key, value in secrets.items() if not key.startswith("values[")}
    given |= {"values": json.dumps(values)} if values else {}

    config = parse({**structures, **given}, encrypted=set(given), source="Pulumi.sandbox.yaml", secret_of=str)

    assert config.infisical.url == URL
    assert {name for _, name in config.values} == set(values)


SHAPES: dict[str, Any] = {
    **CONFIG,
    "homelab:shared": {"SMTP": {"source": "manual", "folder": "/shared"}, "TOKEN": {"source": "config"}},
    "homelab:apps": {
        "web": {
            "namespace": "web",
            "secrets": {
                "web-login": {
                    "keys": {
                        "USER": {"source": "manual", "key": "LOGIN", "property": "user.name", "secretKeys": ["user"]},
                        "PIN": {
                            "source": "manual",
                            "key": "LOGIN",
                            "property": "user.pin",
                            "decodingStrategy": "Base64",
                        },
                        "SMTP": {"source": "shared"},
                    }
                },
                "web-files": {
                    "immutable": True,
                    "keys": {"KEYSTORE": {"source": "manual", "decodingStrategy": "Base64URL"}},
                },
            },
        }
    },
}


def test_manual_keys_of_every_secret_and_shared_ones_get_a_value_from_the_stack() -> None:
    changed = on_this_machine(SHAPES, URL)

    secrets = changed["homelab:apps"]["web"]["secrets"]
    assert {key["source"] for key in secrets["web-login"]["keys"].values()} == {"config", "shared"}
    assert secrets["web-files"]["keys"]["KEYSTORE"]["source"] == "config"
    assert changed["homelab:shared"]["SMTP"] == {"source": "config", "folder": "/shared"}
    assert set(throw_away_values(changed)) == {
        "homelab:argocdOidcClientSecret",
        *(f'homelab:values["{name}"]' for name in ("LOGIN", "SMTP", "KEYSTORE")),
    }


def test_a_throw_away_value_has_the_properties_and_the_encoding_that_its_apps_expect() -> None:
    wanted = throw_away_values(on_this_machine(SHAPES, URL))

    login = json.loads(wanted['homelab:values["LOGIN"]']())
    assert login["user"]["name"]
    assert base64.b64decode(login["user"]["pin"], validate=True)
    assert base64.urlsafe_b64decode(wanted['homelab:values["KEYSTORE"]']())


def test_the_sandboxs_declaration_of_shapes_is_valid() -> None:
    changed = on_this_machine(SHAPES, URL)
    inventory = {key.removeprefix("homelab:"): value for key, value in changed.items()}
    inventory["store"] |= {"environmentSlug": "prod"}

    parse({key: json.dumps(value) for key, value in inventory.items()}, set(), "Pulumi.sandbox.yaml", str)
