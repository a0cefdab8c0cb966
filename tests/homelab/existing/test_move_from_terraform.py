"""`adopt --from-terraform` takes over what Terraform installed: nothing is created again, lost or restarted."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from operations.adopt import main
from operations.adopt.terraform import command, live
from sandbox.stack.project import set_up_by_hand
from tests.homelab.deployment import EXTERNAL_SECRET, Homelab
from tests.homelab.workloads import pods
from tests.waiting import eventually

pytestmark = pytest.mark.story

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


@dataclass(frozen=True)
class Managed:
    """How the program sets this Infisical up: the declaration, and the secrets of the stack config."""

    config: dict[str, Any]
    password: str
    values: dict[str, str]


@pytest.fixture(scope="module")
def managed(deployed_homelab: Homelab) -> Managed:
    password = deployed_homelab.generated("infisical-admin-password")
    return Managed(copy.deepcopy(deployed_homelab.config), password, dict(deployed_homelab.values))


@pytest.fixture(scope="module")
def left(deployed_homelab: Homelab, managed: Managed) -> Homelab:
    """The homelab as Terraform and Argo CD left it: a new stack, and a declaration without `adopt`."""
    homelab = deployed_homelab
    made_by_terraform(homelab)
    homelab.run("stack", "rm", "--force", "--yes")
    homelab.config = set_up_by_hand(homelab.config)
    # There is no PostgreSQL here.
    homelab.config["homelab:infisical"]["database"] = {"kind": "bundled", "changePassword": ":"}
    del homelab.config["homelab:rotateEveryDays"]
    homelab.credentials, homelab.values = {}, {}
    homelab.declare()
    homelab.run("stack", "init", homelab.stack)
    return homelab


@pytest.fixture(scope="module")
def folder(left: Homelab, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("terraform")
    (folder / "terraform.tfstate").write_text(json.dumps(state_of_terraform(values(left))))
    return folder


@pytest.fixture
def moving(left: Homelab, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Moving:
    for name, value in left.workspace.environment().items():
        monkeypatch.setenv(name, value)
    return Moving(left, folder, capsys)


def test_a_value_that_differs_from_the_cluster_stops_the_command(moving: Moving) -> None:
    before = moving.homelab.versions()
    moving.write({**moving.values, "infisical_encryption_key": "0" * 32, "argocd_oidc_client_secret": "another"})

    code, output = moving.run("--yes")

    assert code == 2
    assert "infisical_encryption_key" in output
    assert "argocd_oidc_client_secret" in output
    assert "Infisical cannot read its data with another key." in output
    assert moving.homelab.versions() == before


def test_a_dry_run_changes_nothing(moving: Moving) -> None:
    before, text = moving.homelab.versions(), moving.homelab.stack_file.read_text()

    code, output = moving.run("--dry-run")

    assert code == 0, output
    assert " ".join(output.split()).count("HashiCorp") == 4
    assert moving.homelab.versions() == before
    assert moving.homelab.stack_file.read_text() == text


def test_an_interrupted_command_continues(moving: Moving, monkeypatch: pytest.MonkeyPatch) -> None:
    hand_over, left = live.hand_over, [2]

    def interrupted(*given: Any) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        hand_over(*given)

    monkeypatch.setattr(command, "hand_over", interrupted)
    before, held = moving.existing(), moving.secrets()

    code, output = moving.run("--yes")

    assert code == 130, output
    assert (moving.existing(), moving.secrets()) == (before, held)


def test_the_first_update_creates_nothing_that_exists_and_the_second_changes_nothing(moving: Moving) -> None:
    homelab = moving.homelab
    before, held, running = moving.existing(), moving.secrets(), moving.running()
    homelab.stack_file.write_text(f"# A comment of the owner.\n{homelab.stack_file.read_text()}")

    code, output = moving.run("--yes")

    assert code == 0, output
    assert "terraform state rm kubernetes_secret.infisical_secrets" in output
    assert "Terraform still manages: helm_release.argocd." in output
    assert (moving.existing(), moving.secrets()) == (before, held)
    assert homelab.stack_file.read_text().startswith("# A comment of the owner.\n")
    assert_hidden(homelab, moving.values)
    done = homelab.workspace.attempt("preview", "--json", cwd=homelab.project)
    assert done.returncode == 0, done.stdout + done.stderr
    steps = json.loads(done.stdout)["steps"]
    objects = [each for each in steps if each["urn"].split("::")[2].rpartition("$")[2].startswith("kubernetes:")]
    assert not [each["urn"] for each in objects if each["op"] not in ("same", "update", "read")]
    assert not {"delete", "replace", "create-replacement"} & {each["op"] for each in steps}

    homelab.up()
    homelab.up("--expect-no-changes")

    spec = homelab.object(EXTERNAL_SECRET, "authentik-secret", "authentik")["spec"]
    assert "AUTHENTIK_POSTGRES_PASSWORD }}" not in str(spec)
    assert moving.existing() == before
    after = moving.secrets()
    # The program writes quotes around the passwords.
    helm = "argocd/infisical-helm-secrets"
    assert yaml.safe_load(homelab.secret(*helm.split("/"))["values.yaml"])
    assert {**after, helm: None} == {**held, helm: None}
    assert moving.running() == running
    eventually(lambda: is_ready(homelab), "every ExternalSecret is Ready")
    assert moving.run("--yes")[1].endswith("Everything is taken over already.\n")


def test_the_program_can_then_set_infisical_up_and_restarts_nothing(moving: Moving, managed: Managed) -> None:
    homelab = moving.homelab
    before, held, running = moving.existing(), moving.secrets(), moving.running()
    homelab.config = managed.config
    homelab.config["homelab:infisical"]["database"] = {"kind": "bundled", "changePassword": ":"}
    homelab.values = managed.values
    homelab.credentials = {
        "infisicalAdminPassword": managed.password,
        **{key: moving.values[name] for name, key in KEPT.items()},
    }
    homelab.declare()

    homelab.up()
    homelab.up("--expect-no-changes")

    assert moving.existing() == before
    assert moving.running() == running
    login = "external-secrets/infisical-machine-identity"
    assert {**moving.secrets(), login: None} == {**held, login: None}


def assert_hidden(homelab: Homelab, found: Mapping[str, str]) -> None:
    """No value is readable in the state or in the stack file."""
    shown = json.dumps(homelab.state()) + homelab.stack_file.read_text()
    assert not [name for name, value in found.items() if value in shown and name != "homelab_repo_url"]


def is_ready(homelab: Homelab) -> bool:
    found = homelab.objects(EXTERNAL_SECRET).values()
    return all(
        any(each["type"] == "Ready" and each["status"] == "True" for each in one["status"]["conditions"])
        for one in found
    )
