"""The Secrets of an app: several of them, their types, labels, intervals and owners."""

from __future__ import annotations

from typing import Any

import pytest

from declaration import App, Problem, parse_apps
from declaration.inventory.durations import canonical, duration

KEY = {"source": "manual"}
TLS = {"CERT": {**KEY, "secretKeys": ["tls.crt"]}, "KEY": {**KEY, "secretKeys": ["tls.key"]}}


def read(app: dict[str, Any]) -> tuple[App, list[Problem]]:
    problems: list[Problem] = []
    (found,) = parse_apps("homelab:apps", {"web": {"namespace": "web", **app}}, problems)
    return found, problems


def refused(app: dict[str, Any]) -> Problem:
    (problem,) = read(app)[1]
    return problem


def test_an_app_has_its_own_secret_and_others() -> None:
    app, problems = read(
        {
            "keys": {"KEY": KEY},
            "secrets": {"web-tls": {"namespace": "ingress", "type": "kubernetes.io/tls", "keys": TLS}},
        }
    )

    assert problems == []
    assert [secret.place for secret in app.secrets] == ["web/web-secret", "ingress/web-tls"]
    assert [secret.type for secret in app.secrets] == ["", "kubernetes.io/tls"]
    assert [key.name for key in app.keys] == ["KEY", "CERT", "KEY"]


def test_an_app_may_have_only_secrets_with_names() -> None:
    app, problems = read({"secrets": {"one": {"keys": {"A": KEY}}, "two": {"keys": {"A": KEY}}}})

    assert problems == []
    assert [secret.place for secret in app.secrets] == ["web/one", "web/two"]


def test_a_secret_has_labels_annotations_an_interval_and_a_creation_policy() -> None:
    fields = {
        "labels": {"team": "a"},
        "annotations": {"reloader.stakater.com/match": "true"},
        "refreshInterval": "5m",
        "creationPolicy": "Orphan",
    }
    app, problems = read({"keys": {"KEY": KEY}, **fields, "secrets": {"more": {"keys": {"KEY": KEY}, **fields}}})

    assert problems == []
    for secret in app.secrets:
        assert (secret.labels, secret.annotations) == (fields["labels"], fields["annotations"])
        assert (secret.refresh_interval, secret.creation_policy) == ("5m0s", "Orphan")


@pytest.mark.parametrize(
    ("written", "form"),
    [("5m", "5m0s"), ("45m", "45m0s"), ("24h", "24h0m0s"), ("1h30m", "1h30m0s"), ("90s", "1m30s"), ("0s", "0s")],
)
def test_an_interval_gets_the_operators_form(written: str, form: str) -> None:
    assert duration(written) is None
    assert canonical(written) == form
    assert canonical(form) == form


@pytest.mark.parametrize("written", ["", "5", "5 m", "1d", "1.5h", "-5m", "m", "5m1h"])
def test_what_is_no_interval_is_refused(written: str) -> None:
    assert duration(written)


@pytest.mark.parametrize(
    ("kind", "names", "missing"),
    [
        ("kubernetes.io/tls", ["tls.crt"], "tls.key"),
        ("kubernetes.io/basic-auth", ["username"], "password"),
        ("kubernetes.io/ssh-auth", ["key"], "ssh-privatekey"),
        ("kubernetes.io/dockerconfigjson", ["config.json"], ".dockerconfigjson"),
    ],
)
def test_a_type_demands_its_keys(kind: str, names: list[str], missing: str) -> None:
    problem = refused({"type": kind, "keys": {"KEY": {**KEY, "secretKeys": names}}})

    assert problem.path == "homelab:apps.web.type"
    assert problem.found == f"{kind}, although the Secret has no key {missing}"
    assert f"`secretKeys: [{missing}]`" in problem.fix


def test_a_literal_can_be_a_key_that_a_type_demands() -> None:
    keys = {"PASSWORD": {**KEY, "secretKeys": ["password"]}}

    assert read({"type": "kubernetes.io/basic-auth", "keys": keys, "literals": {"username": "admin"}})[1] == []


@pytest.mark.parametrize(
    ("app", "path", "found"),
    [
        ({"keys": {"A": KEY}, "type": "kubernetes.io/service-account-token"}, "type", "'kubernetes.io/service-account"),
        ({"keys": {"A": KEY}, "refreshInterval": "1d"}, "refreshInterval", "'1d'"),
        ({"keys": {"A": KEY}, "creationPolicy": "owner"}, "creationPolicy", "'owner'"),
        ({"keys": {"A": KEY}, "creationPolicy": "Merge", "immutable": True}, "immutable", "true, although"),
        (
            {"keys": {"A": {"source": "generate", "kind": "hex", "size": 8}}, "immutable": True},
            "keys.A.immutable",
            "false, although the Secret is immutable",
        ),
        ({"secrets": {}}, "secrets", "no Secret"),
        ({"secrets": {"Web": {"keys": {"A": KEY}}}}, "secrets.Web", "the Secret name 'Web'"),
        ({"secrets": {"web": {}}}, "secrets.web.keys", "missing"),
        (
            {"keys": {"A": KEY}, "secrets": {"web-secret": {"keys": {"A": KEY}}}},
            "secrets.web-secret",
            "'web-secret' in",
        ),
        ({"secrets": {"web": {"keys": {"A": KEY}, "restarts": []}}}, "secrets.web.restarts", "an unknown field"),
        (
            {"secrets": {"argocd-secret": {"namespace": "argocd", "keys": {"A": KEY}}}},
            "secrets.argocd-secret",
            "'argocd-secret' in the namespace 'argocd': it belongs to Argo CD",
        ),
        ({"secrets": {"web": {"keys": {"A": KEY}}}, "labels": {"team": "a"}}, "keys", "missing"),
    ],
)
def test_an_error_in_a_secret_has_its_path(app: dict[str, Any], path: str, found: str) -> None:
    problem = refused(app)

    assert problem.path == f"homelab:apps.web.{path}"
    assert problem.found.startswith(found)


def argocd_secret(**fields: Any) -> dict[str, Any]:
    return {"namespace": "argocd", "secretName": "argocd-secret", "creationPolicy": "Merge", **fields}


def test_an_app_can_add_keys_to_the_secret_of_argocd() -> None:
    keys = {"WEBHOOK": {**KEY, "secretKeys": ["webhook.github.secret"]}}
    in_list = {"secrets": {"argocd-secret": {"namespace": "argocd", "creationPolicy": "Merge", "keys": keys}}}

    assert read(argocd_secret(keys=keys))[1] == []
    assert read(in_list)[1] == []


@pytest.mark.parametrize(
    ("fields", "found", "fix"),
    [
        ({"keys": {"A": KEY}, "creationPolicy": "Owner"}, "it belongs to Argo CD", "write `secretName: web-secret`"),
        (
            {"keys": {"A": {**KEY, "secretKeys": ["server.secretkey"]}}},
            "it belongs to Argo CD, with its key server.secretkey",
            "remove server.secretkey from the app",
        ),
        (
            {"keys": {"A": {**KEY, "secretKeys": ["oidc.argocd.clientSecret"]}}},
            "it belongs to Argo CD, with its key oidc.argocd.clientSecret",
            "remove oidc.argocd.clientSecret from the app, and set homelab:argocdOidcClientSecret to its value",
        ),
    ],
)
def test_an_app_cannot_own_the_secret_of_argocd_or_replace_its_keys(
    fields: dict[str, Any], found: str, fix: str
) -> None:
    problem = refused(argocd_secret(**fields))

    assert problem.path == "homelab:apps.web.secretName"
    assert problem.found.endswith(found)
    assert problem.fix.endswith(fix)


def test_a_secret_can_get_all_keys_of_a_folder() -> None:
    app, problems = read({"dataFrom": {"/pg": {}}, "template": {"url": "{{ .KNOWN_ONLY_IN_INFISICAL }}"}})

    assert problems == []
    assert [folder.path for folder in app.secrets[0].folders] == ["/pg"]


@pytest.mark.parametrize(
    ("folders", "path", "found"),
    [
        ({}, "dataFrom", "no folder"),
        ({"pg": {}}, "dataFrom.pg", "the folder 'pg'"),
        ({"/pg": {"include": "("}}, "dataFrom./pg.include", "'('"),
        ({"/pg": {"exclude": "(?!a)"}}, "dataFrom./pg.exclude", "'(?!a)'"),
        ({"/pg": {"rename": {"source": "(a)", "target": "$1_x"}}}, "dataFrom./pg.rename.target", "'$1_x'"),
        ({"/pg": {"rename": {"target": "x"}}}, "dataFrom./pg.rename.source", "missing"),
    ],
)
def test_an_error_in_a_folder_has_its_path(folders: dict[str, Any], path: str, found: str) -> None:
    problem = refused({"keys": {"A": KEY}, "dataFrom": folders})

    assert (problem.path, problem.found) == (f"homelab:apps.web.{path}", found)


def test_a_folder_is_not_merged_into_a_secret_of_others() -> None:
    problem = refused({"dataFrom": {"/pg": {}}, "creationPolicy": "Merge"})

    assert (problem.path, problem.found) == ("homelab:apps.web.creationPolicy", "Merge, although `dataFrom` is set")


def test_a_secret_whose_keys_are_all_retired_does_not_exist() -> None:
    app, _ = read({"keys": {"A": KEY}, "secrets": {"old": {"keys": {"B": {**KEY, "retired": True}}}}})

    assert not app.retired
    assert [secret.place for secret in app.delivered_secrets] == ["web/web-secret"]
    assert [key.name for key in app.keys] == ["A", "B"]


@pytest.mark.parametrize(
    ("kind", "more", "problem"),
    [
        ("uuid", {}, ""),
        ("fernet", {}, ""),
        ("ed25519", {}, ""),
        ("ed25519", {"property": "public"}, ""),
        ("ed25519", {"property": "password"}, "property"),
        ("rsa", {}, ""),
        ("rsa", {"size": 4096, "property": "publicPem"}, ""),
        ("rsa", {"size": 2049}, "size"),
        ("rsa", {"size": 1024}, "size"),
        ("rsa", {"property": "bcrypt"}, "property"),
        ("hashedPassword", {"size": 32, "property": "bcrypt"}, ""),
        ("hex", {"size": 32, "property": "bcrypt"}, "property"),
        ("uuid", {"size": 17}, "size"),
        ("password", {"size": 16, "characters": "0123456789"}, ""),
        ("password", {"size": 16, "characters": "0123"}, "characters"),
        ("password", {"size": 16, "characters": "00123456789"}, "characters"),
        ("hex", {"size": 16, "characters": "0123456789"}, "characters"),
    ],
)
def test_a_kind_of_a_fixed_size_needs_none_and_a_password_may_have_its_own_characters(
    kind: str, more: dict[str, Any], problem: str
) -> None:
    problems = read({"keys": {"A": {"source": "generate", "kind": kind, **more}}})[1]

    assert [each.path for each in problems] == ([f"homelab:apps.web.keys.A.{problem}"] if problem else [])
