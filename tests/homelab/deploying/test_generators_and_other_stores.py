"""One `up` delivers what the owner's generators and stores provide, with the real operator."""

from __future__ import annotations

import uuid
from typing import Any, Final

import pytest

from tests.homelab.deployment import Homelab

NAMESPACE: Final = "monitoring"
GENERATORS: Final = "generators.external-secrets.io/v1alpha1"
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
    "extracted": {"store": {"name": "web"}, "dataFrom": {"postgres-app": {"rename": {"source": "^", "target": "DB_"}}}},
}


@pytest.fixture(scope="module")
def homelab(whole_homelab: Homelab) -> Homelab:
    for kind, version, spec in (
        ("UUID", GENERATORS, {}),
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
