"""The sandbox replaces the owner's stores and generators by stand-ins with throw-away values."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from sandbox.controlplane import ControlPlane
from sandbox.declared import declared_apps
from sandbox.stack.differences import on_this_machine
from sandbox.stack.stand_ins import StandIn, ensure_stand_ins, stand_ins

URL = "http://127.0.0.1:21000"
KUBERNETES = {"name": "kubernetes"}
CONFIG: dict[str, Any] = {
    "homelab:infisical": {"url": "https://homelab:8445", "adminEmail": "a@homelab.test"},
    "homelab:store": {"hostAPI": "http://service:8080", "projectSlug": "homelab", "environmentSlug": "prod"},
    "homelab:apps": {
        "web": {
            "namespace": "web",
            "createNamespace": True,
            "store": KUBERNETES,
            "keys": {
                "USER": {"key": "postgres", "property": "login.user"},
                "TOKEN": {"decodingStrategy": "Base64"},
            },
            "secrets": {
                "more": {"store": KUBERNETES, "keys": {"HOST": {"key": "postgres", "property": "host"}}},
                "vault": {"store": {"kind": "ClusterSecretStore", "name": "vault"}, "dataFrom": {"redis": {}}},
                "registry": {"generator": {"kind": "ECRAuthorizationToken", "name": "ecr", "secretKeys": ["password"]}},
            },
        },
        "plain": {"namespace": "plain", "keys": {"MADE": {"source": "generate", "kind": "hex", "size": 8}}},
    },
}


def of(config: dict[str, Any]) -> dict[str, StandIn]:
    found = stand_ins(secret for app in declared_apps(config) or () for secret in app.secrets)
    return {each.replaces: each for each in found}


def test_each_store_and_each_generator_is_replaced_by_an_object_of_the_whole_cluster() -> None:
    """The namespace of an app may be one that the program creates."""
    apps = on_this_machine(CONFIG, URL)["homelab:apps"]

    store = {"kind": "ClusterSecretStore", "name": "web.kubernetes"}
    assert (apps["web"]["store"], apps["web"]["secrets"]["more"]["store"]) == (store, store)
    assert apps["web"]["secrets"]["vault"]["store"] == {"kind": "ClusterSecretStore", "name": "vault"}
    generator = {"kind": "ClusterGenerator", "name": "web.registry", "secretKeys": ["password"]}
    assert apps["web"]["secrets"]["registry"]["generator"] == generator
    assert apps["plain"] == CONFIG["homelab:apps"]["plain"]
    assert CONFIG["homelab:apps"]["web"]["store"] == KUBERNETES
    assert declared_apps(on_this_machine(CONFIG, URL)) is not None


@pytest.mark.parametrize("policy", ["Merge", "CreateOrMerge"])
def test_a_secret_of_somebody_else_is_created_by_the_operator_except_argo_cds(policy: str) -> None:
    """Nobody else creates it on this machine, whose operator does not know CreateOrMerge."""
    keys = {"A": {"source": "generate", "kind": "hex", "size": 8, "secretKeys": ["a"]}}
    theirs = {"creationPolicy": policy, "keys": keys}
    argocd = {"namespace": "argocd", "secretName": "argocd-secret", "creationPolicy": "Merge", "keys": keys}
    web = {"namespace": "web", **theirs, "secrets": {"argocd-secret": theirs}}

    apps = on_this_machine({**CONFIG, "homelab:apps": {"argocd": argocd, "web": web}}, URL)["homelab:apps"]

    assert apps == {
        "argocd": argocd,
        "web": {
            **web,
            "creationPolicy": "Orphan",
            "secrets": {"argocd-secret": {**theirs, "creationPolicy": "Orphan"}},
        },
    }


def test_a_stand_in_has_what_the_apps_read() -> None:
    found = of(CONFIG)

    assert list(found) == [
        "SecretStore web/kubernetes",
        "ClusterSecretStore vault",
        "ECRAuthorizationToken web/ecr of Secret web/registry",
    ]
    store = found["SecretStore web/kubernetes"].values
    postgres = json.loads(store["postgres"])
    assert (set(postgres), set(postgres["login"])) == ({"login", "host"}, {"user"})
    assert base64.b64decode(store["TOKEN"], validate=True).isalnum()
    assert json.loads(found["ClusterSecretStore vault"].values["redis"]).keys() == {"value"}
    assert set(found["ECRAuthorizationToken web/ecr of Secret web/registry"].values) == {"password"}


def test_what_is_printed_names_both_objects_and_no_value() -> None:
    stand_in = of(CONFIG)["SecretStore web/kubernetes"]

    assert str(stand_in) == (
        "SecretStore web/kubernetes: replaced by ClusterSecretStore web.kubernetes, with throw-away values"
    )
    assert not [value for value in stand_in.values.values() if value in repr(stand_in) + str(stand_in)]


def test_a_value_stays_until_the_apps_read_other_properties_of_it(cluster: ControlPlane) -> None:
    def stored() -> dict[str, str]:
        store = cluster.kubectl.get("clustersecretstores.external-secrets.io", "web.kubernetes") or {}
        return {each["key"]: each["value"] for each in store["spec"]["provider"]["fake"]["data"]}

    ensure_stand_ins(cluster.kubectl, tuple(of(CONFIG).values()))
    first = stored()
    ensure_stand_ins(cluster.kubectl, tuple(of(CONFIG).values()))
    assert stored() == first

    changed = json.loads(json.dumps(CONFIG))
    changed["homelab:apps"]["web"]["secrets"]["more"]["keys"]["PORT"] = {"key": "postgres", "property": "port"}
    ensure_stand_ins(cluster.kubectl, tuple(of(changed).values()))

    assert stored()["TOKEN"] == first["TOKEN"]
    assert set(json.loads(stored()["postgres"])) == {"login", "host", "port"}
