"""`adopt: true` takes over an existing Secret and ExternalSecret, and keeps what others rely on."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.homelab.deployment import EXTERNAL_SECRET, Homelab
from tests.homelab.owner import Owner
from tests.waiting import PATIENCE_SECONDS

VALUE = "value-of-the-owner"
KEYS = {"ADMIN": {"source": "generate", "kind": "password", "size": 32}}
NAMESPACE = "paperless"


@pytest.fixture(scope="module")
def homelab(deployed_homelab: Homelab) -> Homelab:
    """A deployed homelab whose Infisical has the values in use."""
    deployed_homelab.plane.kubectl.run("create", "namespace", NAMESPACE)
    other = {"OTHER": {"source": "generate", "kind": "hex", "size": 16}}
    # The store serves only namespaces that have an app.
    deployed_homelab.config["homelab:apps"]["other"] = {"namespace": NAMESPACE, "keys": other}
    deployed_homelab.declare()
    deployed_homelab.up()
    for key in ("ADMIN", "OLD_KEY"):
        Owner(deployed_homelab).set(key, VALUE)
    return deployed_homelab


def declare(homelab: Homelab, name: str, **app: Any) -> None:
    homelab.config["homelab:apps"][name] = {"namespace": NAMESPACE, "keys": dict(KEYS), **app}
    homelab.declare()


def test_an_adopted_secret_keeps_its_identity_its_values_and_the_metadata_of_others(homelab: Homelab) -> None:
    metadata = {
        "name": "paperless-secret",
        "namespace": NAMESPACE,
        "labels": {"team": "home"},
        "annotations": {"note": "by hand"},
    }
    body = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": metadata,
        "stringData": {"ADMIN": VALUE, "OLD_KEY": VALUE},
    }
    homelab.plane.kubectl.apply(body)
    before = homelab.object("secret", "paperless-secret", NAMESPACE)
    declare(homelab, "paperless", adopt=True, labels={"app.kubernetes.io/instance": "paperless"})

    refused = homelab.attempt("up", "--yes", "--skip-preview")
    assert "add `OLD_KEY: {source: generate, kind: password, size: 32}` to `keys`" in " ".join(refused.output.split())
    assert homelab.object("secret", "paperless-secret", NAMESPACE) == before

    homelab.config["homelab:apps"]["paperless"]["keys"]["OLD_KEY"] = KEYS["ADMIN"]
    homelab.declare()
    up = homelab.up(previewed=True)

    preview, _, update = up.output.partition("Updating (")
    for output in (preview, update):
        assert "takes over Secret paperless/paperless-secret with the keys ADMIN, OLD_KEY" in " ".join(output.split())
    after = homelab.object("secret", "paperless-secret", NAMESPACE)
    assert after["data"] == before["data"]
    assert after["metadata"]["uid"] == before["metadata"]["uid"]
    assert after["metadata"]["labels"].items() >= {"team": "home", "app.kubernetes.io/instance": "paperless"}.items()
    assert after["metadata"]["annotations"]["note"] == "by hand"
    assert "pulumi.com/patchForce" not in after["metadata"]["annotations"]
    external = homelab.object(EXTERNAL_SECRET, "paperless-secret", NAMESPACE)
    assert "app.kubernetes.io/instance" not in external["metadata"]["labels"]
    assert VALUE not in up.output


def test_an_adopted_external_secret_belongs_to_the_program_from_then_on(homelab: Homelab) -> None:
    """It has a name of its own, and a template whose result is only in the Secret."""
    composed = {"URL": "https://admin:{{ .ADMIN }}@wiki.example.net"}
    shape: dict[str, Any] = {"externalSecret": "wiki", "template": composed}
    spec = {
        "refreshInterval": "5m0s",
        "secretStoreRef": {"kind": "ClusterSecretStore", "name": "infisical"},
        "target": {"name": "wiki-secret", "template": {"mergePolicy": "Merge", "data": composed}},
        "data": [{"secretKey": "ADMIN", "remoteRef": {"key": "/ADMIN"}}],
    }
    metadata = {"name": "wiki", "namespace": NAMESPACE, "labels": {"team": "home"}}
    body = {"apiVersion": "external-secrets.io/v1", "kind": "ExternalSecret", "metadata": metadata, "spec": spec}
    homelab.plane.kubectl.run("apply", "--server-side", "--field-manager=flux", "-f", "-", given=json.dumps(body))
    ready = ("--for=condition=Ready", f"--timeout={PATIENCE_SECONDS}s")
    homelab.plane.kubectl.run("wait", EXTERNAL_SECRET, "wiki", "-n", NAMESPACE, *ready)
    before = homelab.object(EXTERNAL_SECRET, "wiki", NAMESPACE)
    held = homelab.object("secret", "wiki-secret", NAMESPACE)
    assert held["data"].keys() == {"ADMIN", "URL"}
    declare(homelab, "wiki", **shape)
    assert "managed by flux" in homelab.attempt("preview").output

    declare(homelab, "wiki", adopt=True, **shape)
    homelab.up()

    after = homelab.object(EXTERNAL_SECRET, "wiki", NAMESPACE)
    assert after["metadata"]["uid"] == before["metadata"]["uid"]
    assert after["spec"]["refreshInterval"] == "1h0m0s"
    secret = homelab.object("secret", "wiki-secret", NAMESPACE)
    assert (secret["metadata"]["uid"], secret["data"]) == (held["metadata"]["uid"], held["data"])

    # It is the program's own now, so that `adopt` is no longer needed.
    declare(homelab, "wiki", **shape)
    homelab.up()
    homelab.up("--expect-no-changes")
