"""One `up` delivers every shape of a Secret, byte for byte, with the real operator."""

from __future__ import annotations

import base64
import json
from typing import Any, Final

import bcrypt
import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from declaration.inventory.key_pairs import ed25519
from declaration.objects import store_of_folder
from tests.homelab.deployment import EXTERNAL_SECRET, Homelab
from tests.homelab.owner import Owner
from tests.waiting import eventually

FOLDER: Final = "/shared/postgres"
PART: Final[dict[str, Any]] = {"secretKeys": []}
BINARY: Final = bytes(range(1, 128))
VALUES: Final = {
    "TOKEN": "t0ken with \"quotes\" & 'ü'",
    "TLS_CERTIFICATE": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    "TLS_KEY": "-----BEGIN PRIVATE KEY-----\nBBBB\n-----END PRIVATE KEY-----\n",
    "LOGIN": json.dumps({"user": "admin", "nested": {"password": "p@ss w/rd"}}),
    "FILE": base64.b64encode(BINARY).decode(),
    "PG_USER": "web",
    "PG_PASSWORD": "p?g",
}
CONFIG: Final = {"source": "config"}
PAIR: Final = {"source": "generate", "kind": "ed25519"}
RSA: Final = {"source": "generate", "kind": "rsa", "size": 2048}
HASHED: Final = {"source": "generate", "kind": "hashedPassword", "size": 24}
SECRETS: Final[dict[str, dict[str, Any]]] = {
    "composed": {
        "refreshInterval": "0s",
        "labels": {"team": "a"},
        "annotations": {"note": "{{ verbatim }}"},
        "literals": {"user": "{{ literal }}"},
        "keys": {"TOKEN": {**CONFIG, **PART}, "PG_USER": {"source": "shared", "secretKeys": ["db.user"]}},
        "template": {"conf": 'token={{ .TOKEN | quote }}\nuser={{ index . "db.user" }}\n'},
    },
    "registry": {
        "keys": {"TOKEN": {**CONFIG, **PART}},
        "dockerConfig": {"registry": "ghcr.io", "username": "robot", "password": "TOKEN"},
    },
    "database": {
        "creationPolicy": "Orphan",
        "keys": {"PG_USER": {"source": "shared", **PART}, "PG_PASSWORD": {"source": "shared", **PART}},
        "connectionString": {"username": "PG_USER", "password": "PG_PASSWORD", "host": "db", "database": "web"},
    },
    "tls": {
        "type": "kubernetes.io/tls",
        "keys": {
            "TLS_CERTIFICATE": {**CONFIG, "secretKeys": ["tls.crt"]},
            "TLS_KEY": {**CONFIG, "secretKeys": ["tls.key"]},
        },
    },
    "login": {
        "type": "kubernetes.io/basic-auth",
        "keys": {
            "LOGIN": {**CONFIG, "property": "user", "secretKeys": ["username"]},
            "LOGIN_PASSWORD": {**CONFIG, "key": "LOGIN", "property": "nested.password", "secretKeys": ["password"]},
        },
    },
    "file": {"keys": {"FILE": {**CONFIG, "decodingStrategy": "Base64", "secretKeys": ["keystore.p12"]}}},
    "folder": {"dataFrom": {FOLDER: {"include": "^PG_", "rename": {"source": "^PG_(.*)$", "target": "DB_$1"}}}},
    "pairs": {
        "keys": {
            "PAIR": {**PAIR, "property": "private", "secretKeys": ["ssh-privatekey"]},
            "PAIR_PUBLIC": {**PAIR, "key": "PAIR", "property": "public", "secretKeys": ["ssh-publickey"]},
            "RSA": {**RSA, "property": "private", "secretKeys": ["rsa.pem"]},
            "RSA_PUBLIC": {**RSA, "key": "RSA", "property": "publicPem", "secretKeys": ["rsa.pub.pem"]},
            "HASHED": {**HASHED, "property": "password", "secretKeys": ["password"]},
            "HASH": {**HASHED, "key": "HASHED", "property": "bcrypt", **PART},
        },
        "template": {"htpasswd": "admin:{{ .HASH }}"},
    },
    "hashes": {
        "keys": {
            "TOKEN": {**CONFIG, **PART},
            "PG_USER": {"source": "shared", "secretKeys": ["user"]},
        },
        "passwordHash": {"username": "admin", "password": "TOKEN"},
    },
    # The operator's store of the folder, as if it were the owner's.
    "elsewhere": {
        "store": {"kind": "ClusterSecretStore", "name": store_of_folder("infisical", FOLDER)},
        "keys": {"PG_USER": {"key": f"{FOLDER}/PG_USER", "secretKeys": ["user"]}},
    },
}


@pytest.fixture(scope="module")
def homelab(whole_homelab: Homelab) -> Homelab:
    config = whole_homelab.config
    config["homelab:shared"] = {name: {**CONFIG, "folder": FOLDER} for name in ("PG_USER", "PG_PASSWORD")}
    config["homelab:apps"] = {"web": {"namespace": "monitoring", "secrets": SECRETS}}
    for name, value in VALUES.items():
        whole_homelab.set_value(name, value)
    whole_homelab.up()
    return whole_homelab


def held(homelab: Homelab, name: str) -> dict[str, bytes]:
    data: dict[str, str] = homelab.object("secret", name, "monitoring")["data"]
    return {key: base64.b64decode(value) for key, value in data.items()}


def texts(homelab: Homelab, name: str) -> dict[str, str]:
    return {key: value.decode() for key, value in held(homelab, name).items()}


def test_each_secret_is_delivered_byte_for_byte(homelab: Homelab) -> None:
    token, login = VALUES["TOKEN"], json.loads(VALUES["LOGIN"])
    quoted = token.replace('"', '\\"')

    assert texts(homelab, "composed") == {
        "db.user": "web",
        "user": "{{ literal }}",
        "conf": f'token="{quoted}"\nuser=web\n',
    }
    auth = base64.b64encode(f"robot:{token}".encode()).decode()
    entry = {"username": "robot", "password": token, "auth": auth}
    assert json.loads(texts(homelab, "registry")[".dockerconfigjson"]) == {"auths": {"ghcr.io": entry}}
    assert texts(homelab, "database") == {"DATABASE_URL": "postgresql://web:p%3Fg@db/web"}
    assert texts(homelab, "tls") == {"tls.crt": VALUES["TLS_CERTIFICATE"], "tls.key": VALUES["TLS_KEY"]}
    assert texts(homelab, "login") == {"username": login["user"], "password": login["nested"]["password"]}
    assert held(homelab, "file") == {"keystore.p12": BINARY}
    assert texts(homelab, "folder") == {"DB_USER": "web", "DB_PASSWORD": "p?g"}
    assert texts(homelab, "elsewhere") == {"user": "web"}


def test_both_parts_of_a_pair_belong_together_and_are_what_infisical_holds(homelab: Homelab) -> None:
    found, in_infisical = texts(homelab, "pairs"), Owner(homelab).values()

    pair = json.loads(ed25519(bytes.fromhex(homelab.generated("PAIR"))))
    assert (found["ssh-privatekey"], found["ssh-publickey"]) == (pair["private"], pair["public"])
    assert json.loads(in_infisical["PAIR"]) == pair
    pair = json.loads(in_infisical["RSA"])
    assert (found["rsa.pem"], found["rsa.pub.pem"]) == (pair["private"], pair["publicPem"])
    private = load_pem_private_key(pair["private"].encode(), None)
    assert private.public_key() == load_pem_public_key(pair["publicPem"].encode())
    name, _, hashed = found["htpasswd"].partition(":")
    assert name == "admin"
    assert bcrypt.checkpw(found["password"].encode(), hashed.encode())


def hashes(homelab: Homelab, password: str) -> bool:
    """Whether the delivered line is of this password."""
    name, _, hashed = texts(homelab, "hashes")["users"].strip().partition(":")
    return name == "admin" and bcrypt.checkpw(password.encode(), hashed.encode())


def test_a_line_of_an_htpasswd_file_is_that_of_its_key_and_stays(homelab: Homelab) -> None:
    before = homelab.object("secret", "hashes", "monitoring")["metadata"]["resourceVersion"]
    assert hashes(homelab, VALUES["TOKEN"])
    assert set(texts(homelab, "hashes")) == {"user", "users"}

    # A start of the operator reads every ExternalSecret again.
    homelab.plane.operator.stop()
    homelab.plane.operator.start()
    homelab.up("--expect-no-changes")

    assert homelab.object("secret", "hashes", "monitoring")["metadata"]["resourceVersion"] == before


def test_types_and_metadata_are_those_of_the_declaration(homelab: Homelab) -> None:
    types = {name: homelab.object("secret", name, "monitoring")["type"] for name in SECRETS}

    assert {name: kind for name, kind in types.items() if kind != "Opaque"} == {
        "registry": "kubernetes.io/dockerconfigjson",
        "tls": "kubernetes.io/tls",
        "login": "kubernetes.io/basic-auth",
    }
    metadata = homelab.object("secret", "composed", "monitoring")["metadata"]
    assert (metadata["labels"]["team"], metadata["annotations"]["note"]) == ("a", "{{ verbatim }}")
    assert "ownerReferences" not in homelab.object("secret", "database", "monitoring")["metadata"]


def test_a_second_up_changes_nothing(homelab: Homelab) -> None:
    before = {name: item["metadata"]["resourceVersion"] for name, item in homelab.objects(EXTERNAL_SECRET).items()}

    homelab.up("--expect-no-changes")

    after = {name: item["metadata"]["resourceVersion"] for name, item in homelab.objects(EXTERNAL_SECRET).items()}
    assert after == before


def test_a_rotation_delivers_a_new_rsa_key_pair_and_leaves_the_others(homelab: Homelab) -> None:
    before = texts(homelab, "pairs")
    homelab.rotate("RSA", trigger="2026-11")

    homelab.up()

    after = texts(homelab, "pairs")
    assert {key for key in after if after[key] != before[key]} == {"rsa.pem", "rsa.pub.pem"}
    pair = json.loads(Owner(homelab).values()["RSA"])
    assert (after["rsa.pem"], after["rsa.pub.pem"]) == (pair["private"], pair["publicPem"])
    shown = "".join(homelab.said) + json.dumps(homelab.state())
    # Neither plain nor escaped: a line of the key is enough.
    assert not [line for line in pair["private"].splitlines()[1:-1] if line in shown]


def test_a_hash_follows_a_rotated_key_in_the_same_update(homelab: Homelab) -> None:
    homelab.set_value("TOKEN", "rotated-token")

    homelab.up()

    assert not hashes(homelab, VALUES["TOKEN"])
    assert hashes(homelab, "rotated-token")


def test_after_a_change_by_hand_the_hash_follows_once_its_secret_is_removed(homelab: Homelab) -> None:
    Owner(homelab).set("TOKEN", "by-hand")

    homelab.plane.kubectl.run("delete", "secret", "hashes", "-n", "monitoring")

    data = "{.data.users}"
    written = ("get", "secret", "hashes", "-n", "monitoring", "--ignore-not-found", "-o", f"jsonpath={data}")
    eventually(lambda: bool(homelab.plane.kubectl.run(*written)), "the operator creates the Secret again")
    assert hashes(homelab, "by-hand")


def test_a_key_that_bcrypt_cannot_hash_is_an_error_and_keeps_the_last_hash(homelab: Homelab) -> None:
    too_long = "canary-too-long-" * 5
    homelab.config["homelab:infisical"] |= {"deliverySeconds": 5}
    homelab.set_value("TOKEN", too_long)

    run = homelab.attempt("up", "--yes", "--skip-preview")

    assert run.code != 0
    assert "TOKEN has more than 72 bytes" in run.output
    assert "canary-too-long" not in run.output
    assert hashes(homelab, "by-hand")
