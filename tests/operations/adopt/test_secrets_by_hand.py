"""`--live --secrets` proposes an app for each Secret that somebody made by hand."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from operations.adopt import main
from operations.adopt.reading.by_hand import secrets_by_hand
from tests.operations.adopt.adopting import STORE, Project, external_secret, reading
from tooling.kubernetes.kubectl import Kubectl

STACK = """\
config:
  homelab:store: {hostAPI: "http://infisical:8080", projectSlug: homelab, environmentSlug: prod}
  homelab:apps:
    wiki:
      namespace: wiki
      keys: {PAPERLESS_ADMIN: {source: manual}}
"""


def secret(place: str, *keys: str, kind: str = "Opaque", immutable: bool = False, **metadata: Any) -> dict[str, Any]:
    namespace, _, name = place.partition("/")
    return {
        "metadata": {"name": name, "namespace": namespace, **metadata},
        "type": kind,
        "immutable": immutable,
        "data": dict.fromkeys(keys, "Y2FuYXJ5"),
    }


@pytest.fixture
def kubectl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A kubectl that prints the file of the kind."""
    program = tmp_path / "bin" / "kubectl"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nfile="{tmp_path}/$2"\n[ -f "$file" ] && cat "$file" || echo \'{{"items": []}}\'\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)
    return program


def listed(kubectl: Path, kind: str, *objects: dict[str, Any]) -> None:
    (kubectl.parent.parent / kind).write_text(json.dumps({"items": objects}))


def test_an_app_takes_over_the_secret_with_all_its_keys(kubectl: Path, project: Project) -> None:
    (project.folder / "Pulumi.homelab.yaml").write_text(STACK)
    listed(
        kubectl,
        "secrets",
        secret("paperless/paperless-secret", "admin", "db.password", "1st"),
        secret("web/web-tls", "tls.crt", "tls.key", kind="kubernetes.io/tls"),
    )

    ran = project.adopt("--live", "--secrets")

    assert (ran.code, ran.reasons()) == (0, {})
    apps = project.config()["homelab:apps"]
    assert apps["paperless"] == {
        "namespace": "paperless",
        "keys": {
            # A different app has PAPERLESS_ADMIN.
            "PAPERLESS_PAPERLESS_ADMIN": {"source": "manual", "secretKeys": ["admin"]},
            "PAPERLESS_DB_PASSWORD": {"source": "manual", "secretKeys": ["db.password"]},
            "PAPERLESS_KEY_1ST": {"source": "manual", "secretKeys": ["1st"]},
        },
        "adopt": True,
    }
    assert apps["web"]["type"] == "kubernetes.io/tls"
    assert "Y2FuYXJ5" not in json.dumps(ran.report)


@pytest.mark.parametrize(
    "other",
    [
        secret("web/x", "A", ownerReferences=[{"kind": "SealedSecret", "name": "x"}]),
        secret("web/x", "A", labels={"app.kubernetes.io/managed-by": "Helm"}),
        secret("web/x", "A", annotations={"argocd.argoproj.io/tracking-id": "web"}),
        secret("web/x", "A", annotations={"cert-manager.io/certificate-name": "web"}),
        secret("web/x", "A", labels={"app.kubernetes.io/part-of": "homelab"}),
        secret("web/x", "release", kind="helm.sh/release.v1"),
        secret("web/x", "token", kind="kubernetes.io/service-account-token"),
        secret("kube-system/x", "A"),
        secret("infisical/x", "A"),
        secret("web/x"),
    ],
)
def test_a_secret_that_a_tool_makes_is_left_out(other: dict[str, Any], kubectl: Path) -> None:
    listed(kubectl, "secrets", other, secret("web/by-hand", "A"))

    assert [found.place for found in secrets_by_hand(Kubectl(kubectl, None), [])] == ["web/by-hand"]


def test_a_secret_that_an_external_secret_writes_is_adopted_once(kubectl: Path, project: Project) -> None:
    listed(kubectl, "clustersecretstores.external-secrets.io", yaml.safe_load(STORE.read_text()))
    listed(kubectl, "externalsecrets.external-secrets.io", external_secret("web", "web-secret", reading("TOKEN")))
    listed(kubectl, "secrets", secret("web/web-secret", "TOKEN"), secret("other/by-hand", "A"))

    ran = project.adopt("--live", "--secrets", "--namespace", "web")

    assert ran.results() == {"web/web-secret": "adopted"}
    assert ran.report["externalSecrets"][0]["kind"] == "ExternalSecret"


def test_a_key_that_an_external_secret_reads_is_not_used_for_a_second_value(kubectl: Path, project: Project) -> None:
    listed(kubectl, "clustersecretstores.external-secrets.io", yaml.safe_load(STORE.read_text()))
    listed(kubectl, "externalsecrets.external-secrets.io", external_secret("web", "web", reading("BLOG_TOKEN")))
    listed(kubectl, "secrets", secret("home/blog", "token"))

    project.adopt("--live", "--secrets")

    assert project.apps()["blog"]["keys"] == {"HOME_BLOG_TOKEN": {"source": "manual", "secretKeys": ["token"]}}


def test_what_cannot_be_taken_over_is_refused(kubectl: Path, project: Project) -> None:
    (project.folder / "Pulumi.homelab.yaml").write_text(STACK)
    listed(
        kubectl,
        "secrets",
        secret("web/fixed", "A", immutable=True),
        secret("argocd/argocd-secret", "admin.password"),
        secret("wiki/wiki-secret", "PAPERLESS_ADMIN"),
    )

    ran = project.adopt("--live", "--secrets")

    assert ran.code == 1
    reasons = ran.reasons()
    assert reasons["web/fixed"] == ["the Secret is immutable: the operator cannot update it"]
    assert "it belongs to Argo CD" in reasons["argocd/argocd-secret"][0]
    assert reasons.keys() == {"web/fixed", "argocd/argocd-secret"}


def test_without_a_store_it_is_an_error(kubectl: Path, project: Project) -> None:
    listed(kubectl, "secrets", secret("web/by-hand", "A"))

    code, _, err = project.run("--live", "--secrets")

    assert code == 2
    assert "fix:      declare homelab:store in Pulumi.homelab.yaml" in err


def test_secrets_are_not_read_from_files() -> None:
    with pytest.raises(SystemExit):
        main(["a.yaml", "--secrets"])
