"""What Terraform and Argo CD leave in a cluster, and the command that takes it over."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from operations.adopt import main
from tests.homelab.deployment import EXTERNAL_SECRET, Homelab
from tests.homelab.workloads import pods

APPLICATION, STORE = "applications.argoproj.io", "clustersecretstores.external-secrets.io"
SSH_KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\ncanary-of-the-repository\n-----END OPENSSH PRIVATE KEY-----\n"
MADE = (
    ("namespace", "infisical", None, "HashiCorp"),
    ("secret", "infisical-secrets", "infisical", "HashiCorp"),
    ("secret", "infisical-helm-secrets", "argocd", "HashiCorp"),
    ("secret", "infisical-machine-identity", "external-secrets", "Terraform"),
    (APPLICATION, "infisical", "argocd", "kubectl"),
    ("appprojects.argoproj.io", "secrets", "argocd", "argocd-controller"),
    (STORE, "infisical", None, "argocd-controller"),
    (EXTERNAL_SECRET, "authentik-secret", "authentik", "argocd-controller"),
    (EXTERNAL_SECRET, "grafana-secret", "monitoring", "argocd-controller"),
    (EXTERNAL_SECRET, "openclaw-secret", "openclaw", "argocd-controller"),
)
"""Each object, with the field manager of the tool that made it."""
OURS = ("pulumi.com/patchFieldManager", "homelab/stack", "pulumi.com/patchForce")


READ = (
    *("AUTHENTIK_SECRET_KEY", "AUTHENTIK_BOOTSTRAP_PASSWORD", "AUTHENTIK_BOOTSTRAP_TOKEN"),
    "AUTHENTIK_POSTGRES_PASSWORD",
)
RENAMED = dict.fromkeys(("AUTHENTIK_POSTGRESQL__PASSWORD", "pg-password"), "{{ .AUTHENTIK_POSTGRES_PASSWORD }}")
TEMPLATED = {
    "data": [{"secretKey": key, "remoteRef": {"key": key}} for key in READ],
    "target": {"template": {"mergePolicy": "Replace", "data": {**{k: f"{{{{ .{k} }}}}" for k in READ[:3]}, **RENAMED}}},
}
"""One value with two keys, as the predecessor writes it."""
KEPT = {
    "infisical_encryption_key": "infisicalEncryptionKey",
    "infisical_auth_secret": "infisicalAuthSecret",
    "infisical_postgres_password": "infisicalPostgresPassword",
    "infisical_redis_password": "infisicalRedisPassword",
    "argocd_oidc_client_secret": "argocdOidcClientSecret",
    "argocd_repo_ssh_private_key": "argocdRepoSshPrivateKey",
    "homelab_repo_url": "homelabRepoUrl",
}
"""By variable, the key of the stack config."""


class Moving:
    """The homelab, and the folder of Terraform."""

    def __init__(self, homelab: Homelab, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.homelab, self._capsys = homelab, capsys
        self.variables, self.state = folder / "terraform.tfvars", folder / "terraform.tfstate"
        self.values = values(homelab)
        self.write(self.values)

    def write(self, found: Mapping[str, str]) -> None:
        lines = [
            f"{name} = <<-EOT\n{value}EOT" if "\n" in value else f"{name} = {json.dumps(value)}"
            for name, value in found.items()
        ]
        self.variables.write_text("\n".join([*lines, 'argocd_version = "7.8.0"', ""]))

    def run(self, *arguments: str) -> tuple[int, str]:
        """The exit code and the output, which shows no value."""
        self._capsys.readouterr()
        options = ("--project", str(self.homelab.project), "--stack", self.homelab.stack)
        code = main(["--from-terraform", str(self.variables), *arguments, *options])
        printed = self._capsys.readouterr()
        output = printed.out + printed.err
        assert not [name for name, value in self.values.items() if value.strip() in output and "url" not in name]
        return code, output

    def existing(self) -> dict[str, str]:
        """The UIDs of all objects that the program may touch, and of the Secrets."""
        kinds = ("namespaces", "secrets", APPLICATION, STORE, EXTERNAL_SECRET)
        return {
            f"{kind} {place}": each["metadata"]["uid"]
            for kind in kinds
            for place, each in self.homelab.objects(kind).items()
        }

    def secrets(self) -> dict[str, dict[str, str]]:
        return {place: each.get("data") or {} for place, each in self.homelab.objects("secrets").items()}

    def running(self) -> dict[str, dict[str, str]]:
        return {"apps": pods(self.homelab, "monitoring"), "infisical": self.server()}

    def server(self) -> dict[str, str]:
        found = self.homelab.objects("pods")
        return {name: each["metadata"]["uid"] for name, each in found.items() if name.startswith("infisical/")}


def values(homelab: Homelab) -> dict[str, str]:
    own = homelab.secret("infisical", "infisical-secrets")
    helm = yaml.safe_load(homelab.secret("argocd", "infisical-helm-secrets")["values.yaml"])
    login = homelab.secret("external-secrets", "infisical-machine-identity")
    return {
        "infisical_encryption_key": own["ENCRYPTION_KEY"],
        "infisical_auth_secret": own["AUTH_SECRET"],
        "infisical_postgres_password": helm["postgresql"]["auth"]["password"],
        "infisical_redis_password": helm["redis"]["auth"]["password"],
        "infisical_machine_identity_client_id": login["clientId"],
        "infisical_machine_identity_client_secret": login["clientSecret"],
        "argocd_oidc_client_secret": homelab.secret("argocd", "argocd-secret")["oidc.argocd.clientSecret"],
        "argocd_repo_ssh_private_key": SSH_KEY,
        "homelab_repo_url": "git@github.com:me/homelab.git",
    }


def made_by_terraform(homelab: Homelab) -> None:
    """Give the objects of a deployed homelab the field managers and the fields that Terraform and Argo CD leave."""
    kubectl, found = homelab.plane.kubectl, values(homelab)
    blob = "".join(
        f"{name}:\n  auth:\n    password: {found[f'infisical_{short}_password']}\n"
        for name, short in (("postgresql", "postgres"), ("redis", "redis"))
    )
    ignored = [{"group": "", "kind": "Secret", "jsonPointers": ["/data"]}]
    store = {"conditions": None, "provider": {"infisical": {"secretsScope": {"secretsPath": "/"}}}}
    merge(homelab, "secret", "infisical-helm-secrets", "argocd", {"stringData": {"values.yaml": blob}})
    merge(homelab, APPLICATION, "infisical", "argocd", {"spec": {"ignoreDifferences": ignored}})
    merge(homelab, STORE, "infisical", None, {"spec": store})
    merge(homelab, EXTERNAL_SECRET, "authentik-secret", "authentik", {"spec": TEMPLATED})
    for kind, name, namespace, manager in MADE:
        tracked = {"argocd.argoproj.io/tracking-id": f"apps:{name}"} if manager == "argocd-controller" else {}
        merge(homelab, kind, name, namespace, {"metadata": {"annotations": {**dict.fromkeys(OURS), **tracked}}})
        managed_by(homelab, kind, name, namespace, manager)
    managed_by(homelab, "secret", "argocd-secret", "argocd", "Helm")
    metadata = {
        "name": "repo-homelab",
        "namespace": "argocd",
        "labels": {"argocd.argoproj.io/secret-type": "repository"},
    }
    data = {"type": "git", "url": found["homelab_repo_url"], "sshPrivateKey": SSH_KEY}
    repository = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": "Opaque", "stringData": data}
    kubectl.create(repository, manager="HashiCorp")


def merge(homelab: Homelab, kind: str, name: str, namespace: str | None, body: object) -> None:
    where = ("--namespace", namespace) if namespace else ()
    homelab.plane.kubectl.run("patch", kind, name, *where, "--type=merge", "--patch", json.dumps(body))


def managed_by(homelab: Homelab, kind: str, name: str, namespace: str | None, manager: str) -> None:
    """Let one tool own every field that the program, or this test, has set."""
    where = ("--namespace", namespace) if namespace else ()
    kubectl = homelab.plane.kubectl
    shown = kubectl.run("get", kind, name, *where, "--show-managed-fields", "-o", "json")
    entries = json.loads(shown)["metadata"]["managedFields"]
    kept = [
        each for each in entries if each.get("subresource") or not each["manager"].startswith(("pulumi", "kubectl"))
    ]
    taken = [each for each in entries if each not in kept]
    fields: dict[str, Any] = {}
    for each in taken:
        fields = merged(fields, each["fieldsV1"])
    own = {**taken[0], "manager": manager, "operation": "Update", "fieldsV1": fields}
    patch = [{"op": "replace", "path": "/metadata/managedFields", "value": [*kept, own]}]
    kubectl.run("patch", kind, name, *where, "--type=json", "--patch", json.dumps(patch))


def merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    return {name: merged(one.get(name, {}), other.get(name, {})) for name in {**one, **other}}


def state_of_terraform(found: Mapping[str, str]) -> dict[str, Any]:
    def secret(name: str, namespace: str, of: str, data: Mapping[str, str]) -> dict[str, Any]:
        attributes = {"metadata": [{"name": of, "namespace": namespace}], "data": dict(data)}
        return {"mode": "managed", "type": "kubernetes_secret", "name": name, "instances": [{"attributes": attributes}]}

    own = {"ENCRYPTION_KEY": found["infisical_encryption_key"], "AUTH_SECRET": found["infisical_auth_secret"]}
    namespace = {"attributes": {"metadata": [{"name": "infisical"}]}}
    argocd = {"attributes": {"name": "argocd"}}
    return {
        "version": 4,
        "resources": [
            {"mode": "managed", "type": "kubernetes_namespace", "name": "infisical", "instances": [namespace]},
            {"mode": "managed", "type": "helm_release", "name": "argocd", "instances": [argocd]},
            secret("infisical_secrets", "infisical", "infisical-secrets", own),
            {"mode": "managed", "type": "null_resource", "name": "infisical_app", "instances": [{"attributes": {}}]},
        ],
    }
