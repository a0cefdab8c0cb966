"""The real operator makes each shape of a Secret from the program's ExternalSecret, as the check expects it."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from declaration import AppSecret, Problem, parse_apps
from declaration.cluster.external_secrets import ESO_API_VERSION, spec
from infisical.whole_folder import as_text
from sandbox.cluster import Cluster
from sandbox.infisical.fake import FakeInfisical
from tests.infisical.admin import at
from tests.infisical.operated import NAMESPACE, App

PASSWORD = "p@ss w/rd?<\"&'\\ü"
BINARY = bytes(range(256))
VALUES = {
    "PASSWORD": PASSWORD,
    "JSON": json.dumps({"user": "admin", "db": {"hosts": ["one", "two"]}}),
    "FILE": base64.b64encode(BINARY).decode(),
    "LINES": "-----BEGIN X-----\nline\n-----END X-----\n",
}
PART: dict[str, Any] = {"source": "manual", "secretKeys": []}
KEYS: dict[str, Any] = {
    "PASSWORD": {"source": "manual", "secretKeys": ["password"]},
    "USER": {"source": "manual", "key": "JSON", "property": "user", "secretKeys": ["username"]},
    "HOST": {**PART, "key": "JSON", "property": "db.hosts.1"},
    "TOKEN": {**PART, "key": "PASSWORD"},
    "FILE": {"source": "manual", "decodingStrategy": "Base64", "secretKeys": ["keystore.p12"]},
    "LINES": {"source": "manual", "secretKeys": ["tls.crt"]},
}
RENDERED_HERE = {
    "json": "{{ .TOKEN | toJson }}{{ .HOST | toJson }}",
    "trim": "{{- .HOST -}}  x {{/* comment */ -}}  y",
    "hash": '{{ .TOKEN | sha256sum }}{{ printf "%s=%v%%" .HOST .username | b64enc }}',
    "text": '{{ ` a ` | trim | upper | lower | squote }}{{ .HOST | quote }}{{ index . "tls.crt" }}{{ $.HOST }}',
    "more": '{{ .HOST | replace "o" "0" | trimPrefix "t" | trimSuffix "0" | default "x" }}{{ "a b" | nospace }}',
}
LEFT_TO_THE_OPERATOR = {"list": "{{ range $k, $v := . }}{{ $k }},{{ end }}", "sum": "{{ .HOST | sha1sum }}"}


@pytest.fixture
def infisical() -> Iterator[FakeInfisical]:
    with FakeInfisical(permission_cache_seconds=0.1) as fake_infisical:
        yield fake_infisical


def declared(name: str) -> AppSecret:
    problems: list[Problem] = []
    app = {
        "namespace": NAMESPACE,
        "secretName": name,
        "type": "kubernetes.io/basic-auth",
        "annotations": {"note": "{{ verbatim }}"},
        "refreshInterval": "24h",
        "creationPolicy": "Orphan",
        "keys": KEYS,
        "literals": {"literal": "{{ verbatim }}"},
        "template": {**RENDERED_HERE, **LEFT_TO_THE_OPERATOR},
        "dockerConfig": {"registry": "ghcr.io", "username": "username", "password": "TOKEN"},
        "connectionString": {"host": "HOST", "port": 5432, "username": "username", "password": "TOKEN"},
    }
    (found,) = parse_apps("homelab:apps", {"web": app}, problems)
    assert problems == []
    return found.secrets[0]


async def test_each_form_of_a_value_is_what_the_check_expects(
    operated_cluster: Cluster, infisical: FakeInfisical
) -> None:
    app = await _with_values(operated_cluster, infisical, VALUES)
    name = f"{app.tag}-shapes"
    secret = declared(name)
    fields = spec(secret, "/", "/", app.tag)
    _apply(operated_cluster, secret, fields)

    await app.up(
        name=name,
        keys={name: f"/{key.name}" for key in secret.keys for name in key.fields},
        literals=dict(secret.literals),
        templates=dict(secret.templates),
        hiddenKeys=list(secret.hidden_fields),
        properties={name: key.json_property for key in secret.keys for name in key.fields if key.json_property},
        decodings={name: key.decoding for key in secret.keys for name in key.fields if key.decoding != "None"},
    )

    assert app.delivered
    found = operated_cluster.kubectl.get("secret", name, NAMESPACE) or {}
    held = {key: base64.b64decode(value) for key, value in found["data"].items()}
    assert set(held) == secret.written
    assert (held["keystore.p12"], held["username"]) == (BINARY, b"admin")
    assert held["DATABASE_URL"] == b"postgresql://admin:p%40ss%20w%2Frd%3F%3C%22%26%27%5C%C3%BC@two:5432"
    assert json.loads(held[".dockerconfigjson"])["auths"]["ghcr.io"]["password"] == PASSWORD
    assert found["type"] == "kubernetes.io/basic-auth"
    assert found["metadata"]["annotations"]["note"] == "{{ verbatim }}"
    assert "ownerReferences" not in found["metadata"]


async def test_all_keys_of_a_folder_are_what_the_check_expects(
    operated_cluster: Cluster, infisical: FakeInfisical
) -> None:
    values = {"PG_USER": "admin", "PG_PASSWORD": PASSWORD, "PG_HOST_OLD": "old", "LINES": VALUES["LINES"]}
    app = await _with_values(operated_cluster, infisical, values)
    folder = {"include": "^PG_|LINES", "exclude": "_OLD$", "rename": {"source": "^PG_(.*)$", "target": "DB_$1"}}
    problems: list[Problem] = []
    declared = {
        "namespace": NAMESPACE,
        "secretName": f"{app.tag}-folder",
        "dataFrom": {"/": folder},
        "keys": {"FIRST": {"source": "manual", "secretKeys": ["first"]}},
        "template": {"url": "{{ .DB_USER }}@{{ .first }}"},
    }
    (found,) = parse_apps("homelab:apps", {"web": declared}, problems)
    assert problems == []
    (secret,) = found.secrets
    fields = spec(secret, "/", "/", app.tag)
    fields["dataFrom"][0]["sourceRef"]["storeRef"]["name"] = app.tag
    _apply(operated_cluster, secret, fields)

    await app.up(
        name=secret.name,
        keys={"first": "/FIRST"},
        literals={},
        templates=dict(secret.templates),
        wholeFolders=[as_text(each) for each in secret.folders],
    )

    assert app.delivered
    data = (operated_cluster.kubectl.get("secret", secret.name, NAMESPACE) or {})["data"]
    assert {key: base64.b64decode(value).decode() for key, value in data.items()} == {
        "DB_USER": "admin",
        "DB_PASSWORD": PASSWORD,
        "LINES": VALUES["LINES"],
        "first": "first-value",
        "url": "admin@first-value",
    }


async def test_a_secret_of_another_store_is_delivered_and_not_compared(
    operated_cluster: Cluster, infisical: FakeInfisical
) -> None:
    app = await _with_values(operated_cluster, infisical, VALUES)
    secret = _parsed(
        {
            "secretName": f"{app.tag}-other",
            "store": {"kind": "ClusterSecretStore", "name": app.tag},
            "keys": {"USER": {"key": "JSON", "property": "user", "secretKeys": []}, "PASSWORD": {}},
            "dataFrom": {"JSON": {"rename": {"source": "^", "target": "of."}}},
            "template": {"login": "{{ .USER }}:{{ .PASSWORD }}"},
        }
    )
    _apply(operated_cluster, secret, spec(secret, "/", "/", "infisical"))

    await app.up(
        name=secret.name,
        keys={},
        literals={},
        templates=dict(secret.templates),
        uncomparedKeys=list(secret.from_elsewhere),
        moreKeys=True,
        otherStore=f"ClusterSecretStore {app.tag}",
    )

    assert app.delivered
    held = _held(operated_cluster, secret.name)
    assert held["login"] == f"admin:{PASSWORD}"
    assert (held["PASSWORD"], held["of.user"]) == (PASSWORD, "admin")
    assert "USER" not in held


async def test_without_a_periodic_refresh_a_new_value_and_a_new_declaration_are_delivered(
    operated_cluster: Cluster, infisical: FakeInfisical
) -> None:
    app = App(infisical, operated_cluster.kubectl, f"app-{uuid.uuid4().hex[:8]}")
    await app.set_up()
    declared = {"secretName": f"{app.tag}-never", "refreshInterval": "0s", "keys": {"FIRST": {"source": "manual"}}}
    keys = {"FIRST": "/FIRST"}
    secret = _parsed(declared)
    _apply(operated_cluster, secret, spec(secret, "/", "/", app.tag))
    await app.up(name=secret.name, keys=keys, literals={})

    app.admin.set_secret(app.project_id, "FIRST", "rotated-value")
    await app.up("rotated", name=secret.name, keys=keys, literals={})
    assert _held(operated_cluster, secret.name) == {"FIRST": "rotated-value"}

    secret = _parsed({**declared, "literals": {"user": "web"}})
    _apply(operated_cluster, secret, spec(secret, "/", "/", app.tag))
    await app.up("with a literal", name=secret.name, keys=keys, literals={"user": "web"})
    assert _held(operated_cluster, secret.name) == {"FIRST": "rotated-value", "user": "web"}


def _parsed(app: dict[str, Any]) -> AppSecret:
    problems: list[Problem] = []
    (found,) = parse_apps("homelab:apps", {"web": {"namespace": NAMESPACE, **app}}, problems)
    assert problems == []
    return found.secrets[0]


async def _with_values(cluster: Cluster, infisical: FakeInfisical, values: Mapping[str, str]) -> App:
    """An app whose project has these values."""
    app = App(infisical, cluster.kubectl, f"app-{uuid.uuid4().hex[:8]}")
    await app.set_up()
    for key, value in values.items():
        app.admin.post(f"/api/v4/secrets/{key}", **at(app.project_id), secretValue=value)
    return app


def _apply(cluster: Cluster, secret: AppSecret, fields: dict[str, Any]) -> None:
    metadata = {"name": secret.name, "namespace": NAMESPACE}
    cluster.kubectl.apply(
        {"apiVersion": ESO_API_VERSION, "kind": "ExternalSecret", "metadata": metadata, "spec": fields}
    )


def _held(cluster: Cluster, name: str) -> dict[str, str]:
    data = (cluster.kubectl.get("secret", name, NAMESPACE) or {})["data"]
    return {key: base64.b64decode(value).decode() for key, value in data.items()}
