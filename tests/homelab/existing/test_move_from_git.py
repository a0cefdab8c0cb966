"""`adopt --live` takes over what Flux, Argo CD and a person left: no object is made again, no value changes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
import yaml

from operations.adopt import main
from tests.homelab.deployment import EXTERNAL_SECRET, Homelab
from tests.homelab.owner import Owner
from tests.homelab.workloads import install, pods
from tests.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.story

FLUX = {"kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}
ARGOCD = {
    "argocd.argoproj.io/tracking-id": "blog:external-secrets.io/ExternalSecret:blog/blog-secret",
    "argocd.argoproj.io/sync-options": "Prune=false",
}
BY_GIT = ("wiki", "blog", "radio")
"""Namespaces with an ExternalSecret. A person applied that of `radio`."""
BY_HAND = "notes"
VALUE = "canary-in-use"


@dataclass
class Move:
    homelab: Homelab
    capsys: pytest.CaptureFixture[str]

    def adopt(self, *arguments: str) -> tuple[int, str]:
        """The exit code and the output, which shows no value."""
        self.capsys.readouterr()
        places = [part for namespace in (*BY_GIT, BY_HAND) for part in ("--namespace", namespace)]
        options = ("--project", str(self.homelab.project), "--stack", self.homelab.stack, "--inline")
        code = main(["--live", "--secrets", *places, *options, *arguments])
        printed = self.capsys.readouterr()
        output = printed.out + printed.err
        assert VALUE not in output
        return code, output

    def objects(self) -> dict[str, str]:
        """The UIDs of the ExternalSecrets and Secrets."""
        return {
            f"{kind} {place}": each["metadata"]["uid"]
            for kind in (EXTERNAL_SECRET, "secrets")
            for place, each in self.homelab.objects(kind).items()
            if place.partition("/")[0] in (*BY_GIT, BY_HAND)
        }

    def secrets(self) -> dict[str, dict[str, str]]:
        return {name: self.homelab.secret(name, f"{name}-secret") for name in (*BY_GIT, BY_HAND)}

    def running(self) -> dict[str, dict[str, str]]:
        return {name: pods(self.homelab, name) for name in (*BY_GIT, BY_HAND)}


def external_secret(name: str, **metadata: dict[str, str]) -> dict[str, Any]:
    data = [
        {"secretKey": "TOKEN", "remoteRef": {"key": f"/{name.upper()}_TOKEN"}},
        {"secretKey": "LOGIN", "remoteRef": {"key": f"/{name.upper()}_LOGIN"}},
    ]
    return {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "metadata": {"name": f"{name}-secret", "namespace": name, **metadata},
        "spec": {
            "refreshInterval": "1h",
            "secretStoreRef": {"kind": "ClusterSecretStore", "name": "infisical"},
            "target": {"name": f"{name}-secret", "creationPolicy": "Owner"},
            "data": data,
        },
    }


@pytest.fixture(scope="module")
def moved(deployed_homelab: Homelab) -> Homelab:
    """A deployed homelab, and apps that a tool or a person deployed."""
    homelab, kubectl = deployed_homelab, deployed_homelab.plane.kubectl
    for name in (*BY_GIT, BY_HAND):
        kubectl.run("create", "namespace", name)
        # The store serves only namespaces that have an app.
        other = {f"OTHER_{name.upper()}": {"source": "generate", "kind": "hex", "size": 16}}
        homelab.config["homelab:apps"][f"{name}-other"] = {"namespace": name, "keys": other}
    homelab.declare()
    homelab.up()
    owner = Owner(homelab)
    for name in BY_GIT:
        for key in ("TOKEN", "LOGIN"):
            owner.set(f"{name.upper()}_{key}", f"{VALUE}-{name}-{key}")
    applied = {
        "kustomize-controller": external_secret("wiki", labels=FLUX),
        "argocd-controller": external_secret("blog", annotations=ARGOCD),
    }
    for manager, body in applied.items():
        kubectl.run("apply", "--server-side", f"--field-manager={manager}", "-f", "-", given=json.dumps(body))
    kubectl.run("apply", "-f", "-", given=json.dumps(external_secret("radio")))
    for name in BY_GIT:
        ready = ("--for=condition=Ready", f"--timeout={PATIENCE_SECONDS}s")
        kubectl.run("wait", EXTERNAL_SECRET, f"{name}-secret", "-n", name, *ready)
    by_hand = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": f"{BY_HAND}-secret", "namespace": BY_HAND},
        "stringData": {"PASSWORD": f"{VALUE}-by-hand"},
    }
    kubectl.run("create", "-f", "-", given=json.dumps(by_hand))
    for name in (*BY_GIT, BY_HAND):
        install(homelab, name, name, f"{name}-secret")
    return homelab


@pytest.fixture
def move(moved: Homelab, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Move:
    for name, value in moved.workspace.environment().items():
        monkeypatch.setenv(name, value)
    return Move(moved, capsys)


def test_a_dry_run_writes_nothing(move: Move) -> None:
    before, text = move.homelab.versions(), move.homelab.stack_file.read_text()

    assert move.adopt("--dry-run")[0] == 0

    assert (move.homelab.versions(), move.homelab.stack_file.read_text()) == (before, text)


def test_the_first_update_keeps_every_object_value_and_pod_and_the_second_changes_nothing(move: Move) -> None:
    homelab = move.homelab
    objects, held, running = move.objects(), move.secrets(), move.running()

    code, output = move.adopt("--yes")

    assert code == 0, output
    assert (move.objects(), move.secrets()) == (objects, held)
    config = yaml.safe_load(homelab.stack_file.read_text())["config"]
    homelab.config["homelab:apps"] = config["homelab:apps"]
    assert {*BY_GIT, BY_HAND} < config["homelab:apps"].keys()
    done = homelab.workspace.attempt("preview", "--json", cwd=homelab.project)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not {"delete", "replace", "create-replacement"} & {step["op"] for step in json.loads(done.stdout)["steps"]}

    update = homelab.up()

    assert VALUE not in update.output
    # The operator gets an ExternalSecret for the Secret that a person made.
    made = move.objects()
    assert {each: made[each] for each in objects} == objects
    assert made.keys() - objects.keys() == {f"{EXTERNAL_SECRET} {BY_HAND}/{BY_HAND}-secret"}
    assert (move.secrets(), move.running()) == (held, running)
    assert homelab.object(EXTERNAL_SECRET, "wiki-secret", "wiki")["metadata"]["labels"].items() >= FLUX.items()
    assert homelab.object(EXTERNAL_SECRET, "blog-secret", "blog")["metadata"]["annotations"].items() >= ARGOCD.items()
    homelab.up("--expect-no-changes")


def test_the_declaration_needs_no_adopt_afterwards_and_the_command_finds_nothing(move: Move) -> None:
    homelab = move.homelab
    for name in (*BY_GIT, BY_HAND):
        del homelab.config["homelab:apps"][name]["adopt"]
    homelab.declare()
    objects, held, running = move.objects(), move.secrets(), move.running()

    homelab.up()
    homelab.up("--expect-no-changes")

    assert (move.objects(), move.secrets(), move.running()) == (objects, held, running)
    text = homelab.stack_file.read_text()
    assert move.adopt("--yes")[0] == 0
    assert homelab.stack_file.read_text() == text
