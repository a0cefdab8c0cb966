"""One `up` delivers what the owner's generators and stores provide, with the real operator."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_ssh_private_key

from tests.homelab.deployment import Homelab

NAMESPACE: Final = "monitoring"
GENERATORS: Final = "generators.external-secrets.io/v1alpha1"
SEED: Final = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
"""The seed of the examples of RFC 6238, in base32."""
TOKEN: Final = {"source": "config", "secretKeys": []}
DATA: Final = [
    {"key": "postgres-app", "value": '{"username": "web", "nested": {"password": "p?g"}}'},
    {"key": "token", "value": "of-the-store"},
]
SECRETS: Final[dict[str, dict[str, Any]]] = {
    "new": {
        "generator": {"kind": "UUID", "name": "web", "secretKeys": ["uuid"]},
        "keys": {"TOKEN": TOKEN},
        "template": {"login": "{{ .uuid }}:{{ .TOKEN }}"},
    },
    "given": {"generator": {"kind": "Fake", "name": "web", "secretKeys": ["username", "password"]}},
    "stored": {
        "store": {"name": "web"},
        "keys": {
            "USER": {"key": "postgres-app", "property": "username", "secretKeys": ["user"]},
            "PASSWORD": {"key": "postgres-app", "property": "nested.password", "secretKeys": []},
            "TOKEN": {"key": "token"},
        },
        "template": {"login": "{{ .user }}:{{ .PASSWORD }}"},
    },
    "password": {"generator": {"kind": "Password", "name": "web", "secretKeys": ["password"]}},
    "key": {
        "type": "kubernetes.io/ssh-auth",
        "generator": {"kind": "SSHKey", "name": "web", "secretKeys": ["privateKey", "publicKey"]},
        "template": {"ssh-privatekey": "{{ .privateKey }}"},
    },
    "code": {"generator": {"kind": "MFA", "name": "web", "secretKeys": ["token", "timeLeft"]}},
    "answer": {"generator": {"kind": "Webhook", "name": "web", "secretKeys": ["user", "token"]}},
    "of-all": {"generator": {"kind": "ClusterGenerator", "name": "web", "secretKeys": ["uuid"]}},
    "extracted": {"store": {"name": "web"}, "dataFrom": {"postgres-app": {"rename": {"source": "^", "target": "DB_"}}}},
}


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    """The address of a service that issues tokens."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"issued": {"user": "robot", "token": "of-the-service"}}')

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def homelab(whole_homelab: Homelab, service: str) -> Homelab:
    seed = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "seed", "namespace": NAMESPACE}}
    whole_homelab.plane.kubectl.apply({**seed, "stringData": {"seed": SEED}})
    of_all = {"apiVersion": GENERATORS, "kind": "ClusterGenerator", "metadata": {"name": "web"}}
    whole_homelab.plane.kubectl.apply({**of_all, "spec": {"kind": "UUID", "generator": {"uuidSpec": {}}}})
    for kind, version, spec in (
        ("UUID", GENERATORS, {}),
        ("Password", GENERATORS, {"length": 40, "digits": 5, "symbols": 0, "noUpper": True, "allowRepeat": True}),
        ("SSHKey", GENERATORS, {"keyType": "ed25519", "comment": "web"}),
        # The examples of RFC 6238: at this time, the code is 07081804.
        ("MFA", GENERATORS, {"secret": {"name": "seed", "key": "seed"}, "length": 8, "when": "2005-03-18T01:58:29Z"}),
        ("Webhook", GENERATORS, {"url": service, "result": {"jsonPath": "$.issued"}}),
        ("Fake", GENERATORS, {"data": {"username": "robot", "password": "of-the-generator"}}),
        ("SecretStore", "external-secrets.io/v1", {"provider": {"fake": {"data": DATA}}}),
    ):
        metadata = {"name": "web", "namespace": NAMESPACE}
        whole_homelab.plane.kubectl.apply({"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec})
    whole_homelab.config["homelab:apps"] = {"web": {"namespace": NAMESPACE, "secrets": SECRETS}}
    whole_homelab.set_value("TOKEN", "first-token")
    whole_homelab.up()
    return whole_homelab


def test_the_secret_of_a_generator_has_its_values_and_those_of_infisical(homelab: Homelab) -> None:
    found = homelab.secret(NAMESPACE, "new")

    assert str(uuid.UUID(found["uuid"])) == found["uuid"]
    assert found == {"uuid": found["uuid"], "login": f"{found['uuid']}:first-token"}
    assert homelab.secret(NAMESPACE, "given") == {"username": "robot", "password": "of-the-generator"}


def test_the_operators_own_generators_write_their_keys(homelab: Homelab) -> None:
    """Those that need no further service: the sandbox's operator has them."""
    password, key = homelab.secret(NAMESPACE, "password"), homelab.secret(NAMESPACE, "key")

    assert set(password) == {"password"}
    assert re.fullmatch("(?=(.*[0-9]){5})[a-z0-9]{40}", password["password"])
    private = load_ssh_private_key(key["privateKey"].encode(), None)
    public = private.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    assert key == {"privateKey": key["privateKey"], "ssh-privatekey": key["privateKey"], "publicKey": key["publicKey"]}
    assert key["publicKey"].split()[:2] == public.split()
    assert homelab.secret(NAMESPACE, "code") == {"token": "07081804", "timeLeft": "1"}
    assert homelab.secret(NAMESPACE, "answer") == {"user": "robot", "token": "of-the-service"}
    of_all = homelab.secret(NAMESPACE, "of-all")
    assert of_all == {"uuid": str(uuid.UUID(of_all["uuid"]))}


def test_the_secret_of_another_store_has_its_values(homelab: Homelab) -> None:
    assert homelab.secret(NAMESPACE, "stored") == {"user": "web", "TOKEN": "of-the-store", "login": "web:p?g"}
    assert homelab.secret(NAMESPACE, "extracted") == {"DB_username": "web", "DB_nested": '{"password": "p?g"}'}


def test_a_second_up_generates_no_new_value(homelab: Homelab) -> None:
    before = homelab.secret(NAMESPACE, "new")

    homelab.up("--expect-no-changes")

    assert homelab.secret(NAMESPACE, "new") == before


def test_a_rotated_value_of_infisical_reaches_a_secret_with_a_generator(homelab: Homelab) -> None:
    homelab.set_value("TOKEN", "rotated-token")

    homelab.up()

    found = homelab.secret(NAMESPACE, "new")
    assert found["login"] == f"{found['uuid']}:rotated-token"


def test_a_generator_that_appears_later_delivers_with_the_next_update(homelab: Homelab) -> None:
    homelab.config["homelab:infisical"] |= {"deliverySeconds": 5}
    homelab.config["homelab:apps"]["web"]["secrets"]["late"] = {
        "generator": {"kind": "Fake", "name": "late", "secretKeys": ["password"]}
    }
    homelab.declare()

    failed = homelab.attempt("up", "--yes", "--skip-preview")

    assert failed.code != 0
    assert f"Fake {NAMESPACE}/late does not exist" in failed.output
    metadata = {"name": "late", "namespace": NAMESPACE}
    late = {"apiVersion": GENERATORS, "kind": "Fake", "metadata": metadata, "spec": {"data": {"password": "late"}}}
    homelab.plane.kubectl.apply(late)
    homelab.config["homelab:infisical"] |= {"deliverySeconds": 120}
    homelab.declare()
    homelab.up()
    assert homelab.secret(NAMESPACE, "late") == {"password": "late"}
