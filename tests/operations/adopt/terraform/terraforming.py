"""A cluster, a stack and a folder as the predecessor's Terraform leaves them, all in this process."""

from __future__ import annotations

import base64
import contextlib
import copy
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from declaration.objects import SERVER
from operations import stack
from operations.adopt import main
from operations.adopt.terraform import command
from tests.operations.adopt.adopting import external_secret
from tooling.kubernetes.kubectl import Kubectl, KubectlError
from tooling.processes.run import Done
from tooling.stack.pulumi import PulumiFailed

Objects = list[dict[str, Any]]

POSTGRES, REDIS = "canary0postgres0password0", "canary0redis0password0000"
SSH_KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\ncanary-ssh\n-----END OPENSSH PRIVATE KEY-----\n"
VALUES = {
    "infisical_encryption_key": "c0ffee" * 5 + "aa",
    "infisical_auth_secret": base64.b64encode(b"canary-auth-secret-of-32-bytes!!").decode(),
    "infisical_postgres_password": POSTGRES,
    "infisical_redis_password": REDIS,
    "infisical_machine_identity_client_id": "canary-client-id",
    "infisical_machine_identity_client_secret": "canary-client-secret",
    "argocd_oidc_client_secret": "canary-oidc-secret",
    "argocd_repo_ssh_private_key": SSH_KEY,
    "homelab_repo_url": "git@github.com:me/homelab.git",
}
SECRETS = [value for name, value in VALUES.items() if name != "homelab_repo_url"]
HOST = "http://infisical.infisical.svc.cluster.local:8080"
DECLARATION = """\
# The homelab.
config:
  homelab:infisical:
    mode: manual
    url: https://infisical.example.net  # through the VPN
    nodePort: 30445
  homelab:argocd:
    project: secrets
  homelab:store:
    hostAPI: http://infisical.infisical.svc.cluster.local:8080
    projectSlug: homelab
    environmentSlug: prod
  homelab:apps:
    wiki:  # the notes
      namespace: wiki
      keys:
        TOKEN: {source: manual}
"""


def tfvars(values: Mapping[str, object] = VALUES, more: str = 'argocd_version = "7.8.0"\n') -> str:
    lines = [
        f"{name} = <<-EOT\n{value}EOT" if isinstance(value, str) and "\n" in value else f"{name} = {json.dumps(value)}"
        for name, value in values.items()
    ]
    return "\n".join([*lines, more])


def made(kind: str, version: str, name: str, manager: str, namespace: str = "", **fields: Any) -> dict[str, Any]:
    """An object, with the tool that made it as the manager of its fields."""
    owned: dict[str, Any] = {
        f"f:{field}": {f"f:{key}": {} for key in value} for field, value in fields.items() if value
    }
    entry = {"manager": manager, "operation": "Update", "apiVersion": version, "fieldsV1": owned}
    where = {"namespace": namespace} if namespace else {}
    metadata = {"name": name, **where, "uid": f"uid-{namespace}-{name}", "managedFields": [entry]}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **fields}


def secret(name: str, namespace: str, values: Mapping[str, str], manager: str = "HashiCorp") -> dict[str, Any]:
    data = {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}
    return {**made("Secret", "v1", name, manager, namespace, data=data), "type": "Opaque"}


def cluster_of_the_predecessor() -> list[dict[str, Any]]:
    passwords = f"postgresql:\n  auth:\n    password: {POSTGRES}\nredis:\n  auth:\n    password: {REDIS}\n"
    helm = {
        "infisical": {"replicaCount": 1, "service": {"nodePort": "30445"}, "resources": {"limits": {"memory": "2Gi"}}},
        "postgresql": {"enabled": True, "auth": {"password": POSTGRES}},
        "redis": {"enabled": True, "auth": {"password": REDIS}},
    }
    source = {"targetRevision": "1.8.0", "helm": {"valuesObject": helm}}
    infisical = {"hostAPI": HOST, "secretsScope": {"projectSlug": "homelab", "environmentSlug": "prod"}}
    store = {"provider": {"infisical": {**infisical, "auth": {}}}}
    own = {"ENCRYPTION_KEY": VALUES["infisical_encryption_key"], "AUTH_SECRET": VALUES["infisical_auth_secret"]}
    login = {
        "clientId": VALUES["infisical_machine_identity_client_id"],
        "clientSecret": VALUES["infisical_machine_identity_client_secret"],
    }
    argocd = {"admin.password": "x", "oidc.argocd.clientSecret": VALUES["argocd_oidc_client_secret"]}
    repository = {"type": "git", "url": VALUES["homelab_repo_url"], "sshPrivateKey": SSH_KEY}
    wiki = external_secret("wiki", "wiki-secret", {"data": [{"secretKey": "TOKEN", "remoteRef": {"key": "TOKEN"}}]})
    wiki["metadata"]["managedFields"] = [
        {"manager": "argocd-controller", "operation": "Apply", "fieldsV1": {"f:spec": {"f:data": {}}}}
    ]
    return [
        made("Namespace", "v1", "infisical", "HashiCorp", spec={"finalizers": ["kubernetes"]}),
        secret("infisical-secrets", "infisical", own),
        secret("infisical-helm-secrets", "argocd", {"values.yaml": passwords}),
        secret("infisical-machine-identity", "external-secrets", login, "Terraform"),
        secret("argocd-secret", "argocd", argocd, "Helm"),
        secret("repo-homelab", "argocd", repository),
        made(
            *("Application", "argoproj.io/v1alpha1", "infisical", "kubectl", "argocd"),
            spec={"project": "secrets", "source": source},
        ),
        made("ClusterSecretStore", "external-secrets.io/v1", "infisical", "argocd-controller", spec=store),
        made("Deployment", "apps/v1", SERVER, "argocd-controller", "infisical"),
        wiki,
    ]


class Steps:
    """
    The writes of the command.

    :param left: how many succeed until the user interrupts it; None for all
    """

    left: int | None = None

    def take(self) -> None:
        if self.left == 0:
            self.left = None
            raise KeyboardInterrupt
        if self.left is not None:
            self.left -= 1


class FakeKubectl(Kubectl):
    """The objects of a cluster. Only the field managers can change."""

    def __init__(self, objects: list[dict[str, Any]]) -> None:
        super().__init__(Path("kubectl"), None)
        self.objects = objects
        self.writes: list[tuple[str, ...]] = []
        self.unreachable = False
        self.refuses = ""
        self.steps = Steps()

    def find(self, kind: str, name: str, namespace: str = "") -> dict[str, Any]:
        (found,) = [each for each in self._of(kind) if _is(each, name, namespace)]
        return found

    def get(self, kind: str, name: str, namespace: str | None = None) -> dict[str, Any] | None:
        if self.unreachable:
            raise KubectlError(("get", kind, name), 1, "Unable to connect to the server: no route to host")
        found = [each for each in self._of(kind) if _is(each, name, namespace or "")]
        return copy.deepcopy(found[0]) if found else None

    def list(self, kind: str, namespace: str | None = None, selector: str | None = None) -> Objects:
        return self._of(kind)

    def run(self, *arguments: str, given: str | None = None) -> str:
        self.writes.append(arguments)
        if self.refuses:
            raise KubectlError(arguments, 1, self.refuses)
        self.steps.take()
        if arguments[0] == "apply":
            mark = json.loads(given or "")
            metadata = mark["metadata"]
            found = self.find(mark["kind"], metadata["name"], metadata.get("namespace", ""))
            for name in ("labels", "annotations"):
                found["metadata"][name] = {**found["metadata"].get(name, {}), **metadata[name]}
            fields: dict[str, Any] = {"f:metadata": {"f:labels": {}, "f:annotations": {}}}
            own = {"manager": "pulumi-homelab", "operation": "Apply", "fieldsV1": fields}
            found["metadata"]["managedFields"].insert(0, own)
        elif arguments[0] == "annotate":
            name, _, value = arguments[4].partition("=")
            self.find(arguments[1], arguments[2], arguments[3].partition("=")[2])["metadata"]["annotations"] = {
                name: value
            }
        elif arguments[0] == "patch":
            namespace = arguments[arguments.index("--namespace") + 1] if "--namespace" in arguments else ""
            entries = self.find(arguments[1], arguments[2], namespace)["metadata"]["managedFields"]
            for operation in json.loads(arguments[-1]):
                if operation["path"] == "/metadata/managedFields":
                    entries[:] = operation["value"]
                    continue
                if operation["path"] == "/metadata/resourceVersion":
                    continue
                self._patch(entries, operation)
        return ""

    def _patch(self, entries: Objects, operation: Mapping[str, Any]) -> None:
        _, _, _, number, *field = operation["path"].split("/")
        if operation["op"] == "test":
            assert entries[int(number)][field[0]] == operation["value"]
        elif operation["op"] == "remove":
            del entries[int(number)]
        else:
            entries[int(number)][field[0]] = operation["value"]

    def _of(self, kind: str) -> Objects:
        singular = kind.partition(".")[0].lower()
        return [each for each in self.objects if each["kind"].lower() in (singular, singular.removesuffix("s"))]


def _is(each: Mapping[str, Any], name: str, namespace: str) -> bool:
    metadata = each["metadata"]
    return (metadata["name"], metadata.get("namespace", "")) == (name, namespace)


class FakePulumi:
    """Pulumi's commands on one stack. `calls` has their arguments."""

    def __init__(self, *_: object) -> None:
        self.config: dict[str, dict[str, Any]] = {}
        self.state: dict[str, Any] = {"version": 3, "deployment": {}}
        self.calls: list[tuple[str, ...]] = []
        self.missing = False
        self.steps = Steps()

    def run(self, *arguments: str, cwd: Path, given: str | None = None) -> str:
        self.calls.append(arguments)
        if self.missing:
            raise PulumiFailed(arguments, Done(1, "", "error: no stack named 'homelab' found"))
        if arguments[0] == "import" or arguments[:2] in (("config", "set"), ("stack", "import")):
            self.steps.take()
        match arguments:
            case ["config", "--json", *_]:
                return json.dumps(self.config)
            case ["config", "set", key, kind, *_]:
                assert given
                self.config[key] = {"value": given.removesuffix("\n"), "secret": kind == "--secret"}
            case ["stack", "export", *_]:
                return json.dumps(self.state)
            case ["stack", "import", *_]:
                self.state = json.loads(given or "")
            case ["import", "--file", file, *_]:
                self._import(json.loads(Path(file).read_text()))
        return ""

    def _import(self, listed: Mapping[str, Any]) -> None:
        provider = "urn:pulumi:homelab::homelab::pulumi:providers:kubernetes::default_4_34_2"
        self.state["deployment"]["resources"] = [
            {"urn": "urn:pulumi:homelab::homelab::pulumi:pulumi:Stack::homelab-homelab"},
            {"urn": provider, "id": "an-id"},
            {"urn": "urn:pulumi:homelab::homelab::homelab:secrets:Namespaces::namespaces"},
            *(
                {"urn": f"urn:pulumi:homelab::homelab::homelab:secrets:Namespaces${each['type']}::{each['name']}"}
                for each in listed["resources"]
                if not each.get("component")
            ),
        ]


class Terraforming:
    """
    :param folder: with the project and the folder `terraform`
    """

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.project, self.terraform = folder / "project", folder / "terraform"
        self.project.mkdir()
        self.terraform.mkdir()
        self._folder, self._capsys = folder, capsys
        self.kubectl = FakeKubectl(copy.deepcopy(cluster_of_the_predecessor()))
        self.pulumi = FakePulumi()
        self.declare(DECLARATION)
        self.variables(tfvars())
        self.steps = self.kubectl.steps = self.pulumi.steps
        patch.setattr(command, "kubectl_for", self._cluster)
        patch.setattr(stack, "Pulumi", lambda *_: self.pulumi)
        patch.setattr(stack, "find_program", Path)

    @property
    def stack_file(self) -> Path:
        return self.project / "Pulumi.homelab.yaml"

    def declare(self, text: str) -> None:
        self.stack_file.write_text(text)

    def variables(self, text: str) -> None:
        (self.terraform / "terraform.tfvars").write_text(text)

    def with_state(self, state: Mapping[str, Any]) -> None:
        (self.terraform / "terraform.tfstate").write_text(json.dumps(state))

    def run(self, *arguments: str) -> tuple[int, str]:
        """The exit code, and the output, which shows no value."""
        self._capsys.readouterr()
        code = main(["--from-terraform", str(self.terraform), *arguments, "--project", str(self.project)])
        output = self.printed()
        assert not [value for value in SECRETS if value.strip() in output]
        return code, output

    def printed(self) -> str:
        printed = self._capsys.readouterr()
        return f"{printed.out}{printed.err}".replace(str(self._folder), "FOLDER")

    @contextlib.contextmanager
    def _cluster(self, kubeconfig: str, context: str) -> Iterator[FakeKubectl]:
        yield self.kubectl
