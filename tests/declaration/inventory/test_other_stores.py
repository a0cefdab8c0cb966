"""Secrets whose keys come from a store that this program does not manage, or from a generator of the operator."""

from __future__ import annotations

from typing import Any

import pytest

from declaration import App, Problem, parse_apps
from declaration.inventory import Generator, Origin, StoreKey

STORE = {"name": "kubernetes"}
KEYS = {"PASSWORD": {"key": "postgres-app", "property": "password"}}
GENERATOR = {"kind": "Password", "name": "web", "secretKeys": ["password"]}
INFISICAL_KEY = {"source": "manual"}


def read(**app: Any) -> tuple[App, list[Problem]]:
    problems: list[Problem] = []
    (found,) = parse_apps("homelab:apps", {"web": {"namespace": "web", **app}}, problems)
    return found, problems


def accepted(**app: Any) -> App:
    found, problems = read(**app)
    assert problems == []
    return found


def refused(**app: Any) -> tuple[str, str]:
    (problem,) = read(**app)[1]
    return problem.path.removeprefix("homelab:apps."), problem.found


def test_keys_of_another_store_are_no_keys_of_infisical() -> None:
    app = accepted(store=STORE, keys=KEYS)

    (secret,) = app.secrets
    assert app.keys == ()
    assert not secret.reads_infisical
    assert secret.store_keys == (StoreKey("PASSWORD", "postgres-app", ("PASSWORD",), "password"),)
    assert secret.origins == (("store", Origin("SecretStore", "kubernetes", "external-secrets.io/v1")),)
    assert secret.written == {"PASSWORD"}


def test_a_key_of_another_store_may_have_any_name_there() -> None:
    keys = {"tls.crt": {"key": "team-a/data/web certificate", "property": "tls.crt"}}

    (key,) = accepted(store=STORE, keys=keys).secrets[0].store_keys

    assert (key.entry, key.remote, key.json_property) == ("tls.crt", "team-a/data/web certificate", "tls.crt")


def test_one_secret_of_an_app_may_read_another_store() -> None:
    secrets = {"database": {"store": {"kind": "ClusterSecretStore", "name": "vault"}, "keys": {"PASSWORD": {}}}}

    app = accepted(folder="/web", keys={"TOKEN": INFISICAL_KEY}, secrets=secrets)

    assert [secret.reads_infisical for secret in app.secrets] == [True, False]
    assert [key.name for key in app.keys] == ["TOKEN"]


def test_a_secret_gets_every_property_of_a_key_of_another_store() -> None:
    (secret,) = accepted(store=STORE, dataFrom={"Postgres_app": {"rename": {"source": "^", "target": "DB_"}}}).secrets

    assert [(each.path, each.target) for each in secret.extracts] == [("Postgres_app", "DB_")]
    assert (secret.folders, secret.has_unnamed_keys) == ((), True)


def test_a_generator_provides_keys_next_to_those_of_infisical() -> None:
    (alone,) = accepted(generator=GENERATOR).secrets
    (with_keys,) = accepted(keys={"USER": INFISICAL_KEY}, generator=GENERATOR).secrets

    origin = Origin("Password", "web", "generators.external-secrets.io/v1alpha1")
    assert alone.generator == Generator(origin, ("password",))
    assert (alone.reads_infisical, [*alone.written]) == (False, ["password"])
    assert (with_keys.reads_infisical, sorted(with_keys.written)) == (True, ["USER", "password"])


def test_templates_read_keys_of_other_stores_and_of_generators() -> None:
    keys = {"USER": {"key": "postgres", "secretKeys": []}}

    (secret,) = accepted(
        store=STORE, keys=keys, generator=GENERATOR, template={"url": "{{ .USER }}:{{ .password }}"}
    ).secrets

    assert (secret.hidden_fields, secret.from_elsewhere) == (("USER",), ("password",))


@pytest.mark.parametrize(
    ("app", "path", "found"),
    [
        ({"store": "kubernetes", "keys": KEYS}, "store", "a string"),
        ({"store": {}, "keys": KEYS}, "store.name", "missing"),
        ({"store": {"name": "Kube"}, "keys": KEYS}, "store.name", "'Kube'"),
        ({"store": {**STORE, "kind": "Secretstore"}, "keys": KEYS}, "store.kind", "'Secretstore'"),
        ({"store": {**STORE, "namespace": "a"}, "keys": KEYS}, "store.namespace", "an unknown field"),
        (
            {"store": {"kind": "ClusterSecretStore", "name": "infisical"}, "keys": KEYS},
            "store.name",
            "'infisical', the store of this program",
        ),
        ({"store": STORE}, "keys", "missing"),
        ({"store": STORE, "keys": {}}, "keys", "no key"),
        (
            {"store": STORE, "keys": {"A": {"source": "manual"}}},
            "keys.A.source",
            "a value, although the key comes from the SecretStore kubernetes",
        ),
        (
            {"store": STORE, "keys": {"A": {"rotateEveryDays": 5}}},
            "keys.A.rotateEveryDays",
            "a value, although the key comes from the SecretStore kubernetes",
        ),
        ({"store": STORE, "keys": {"A": {"keys": "x"}}}, "keys.A.keys", "an unknown field"),
        ({"store": STORE, "keys": {"A": {"key": " a"}}}, "keys.A.key", "' a'"),
        ({"store": STORE, "keys": {"A/B": {}}}, "keys.A/B", "the key name 'A/B'"),
        ({"store": STORE, "keys": {"A": {"secretKeys": []}}}, "keys.A.secretKeys", "an empty list, although"),
        ({"store": STORE, "folder": "/a", "keys": KEYS}, "folder", "a value, although the keys come from"),
        (
            {"store": STORE, "dataFrom": {"postgres": {"include": "^A"}}},
            "dataFrom.postgres.include",
            "a value, although the keys come from the SecretStore kubernetes",
        ),
        (
            {"store": STORE, "dataFrom": {"postgres": {}}, "creationPolicy": "Merge"},
            "creationPolicy",
            "Merge, although `dataFrom` is set",
        ),
        (
            {"store": STORE, "keys": KEYS, "template": {"url": "{{ .OTHER }}"}},
            "template.url",
            "the field OTHER, which no key provides",
        ),
        (
            {"store": STORE, "keys": KEYS, "literals": {"PASSWORD": "a"}},
            "keys.PASSWORD.secretKeys",
            "'PASSWORD', a key",
        ),
        ({"store": STORE, "generator": GENERATOR}, "store", "a value, although the Secret has no key of a store"),
        ({"generator": {**GENERATOR, "kind": ""}}, "generator.kind", "an empty string"),
        ({"generator": {**GENERATOR, "kind": "password"}}, "generator.kind", "'password'"),
        ({"generator": {**GENERATOR, "name": "Web"}}, "generator.name", "'Web'"),
        ({"generator": {**GENERATOR, "apiVersion": "v1alpha1"}}, "generator.apiVersion", "'v1alpha1'"),
        ({"generator": {"kind": "Password", "name": "web"}}, "generator.secretKeys", "missing"),
        ({"generator": {**GENERATOR, "secretKeys": []}}, "generator.secretKeys", "an empty list"),
        ({"generator": {**GENERATOR, "secretKeys": ["a/b"]}}, "generator.secretKeys[0]", "'a/b'"),
        (
            {"generator": GENERATOR, "creationPolicy": "Merge"},
            "creationPolicy",
            "Merge, although `generator` is set",
        ),
        (
            {"generator": GENERATOR, "keys": {"password": INFISICAL_KEY}},
            "generator.secretKeys",
            "'password', a key of the Secret that keys.password already writes",
        ),
        ({"generator": GENERATOR, "type": "kubernetes.io/tls"}, "type", "kubernetes.io/tls, although"),
    ],
)
def test_what_such_a_secret_cannot_have_is_refused_where_it_is(app: dict[str, Any], path: str, found: str) -> None:
    problems = read(**app)[1]

    assert (problems[0].path, problems[0].found[: len(found)]) == (f"homelab:apps.web.{path}", found)
    assert len(problems) == (2 if "tls" in str(app) else 1)
