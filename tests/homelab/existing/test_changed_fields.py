"""A field that others changed stops preview and update alike, and the message has the command that gives it back."""

from __future__ import annotations

import base64
import json
import re
import shlex
from pathlib import Path

import pytest
import yaml

from tests.homelab.deployment import EXTERNAL_SECRET, Homelab, Run

COMMANDS = (
    ["preview"],
    ["preview", "--refresh"],
    ["up", "--yes", "--skip-preview"],
    ["up", "--yes", "--skip-preview", "--refresh"],
)
VALUE = "value-of-the-owner"
APPLICATION, STORE = "applications.argoproj.io", "clustersecretstores.external-secrets.io"

FOUND = {
    "ExternalSecret openclaw/openclaw-secret": ".metadata.labels.app.kubernetes.io/part-of, managed by kubectl-label",
    "ExternalSecret authentik/authentik-secret": ".spec.refreshInterval, managed by kubectl-edit",
    "ClusterSecretStore infisical": ".spec.provider.infisical.hostAPI, managed by kubectl",
    "Secret infisical/infisical-secrets": ".data.AUTH_SECRET, managed by kubectl-patch",
    "Secret argocd/argocd-secret": ".data.oidc.argocd.clientSecret, managed by kubectl-patch",
    "Application argocd/infisical": ".spec.source.helm.valuesObject.infisical.replicaCount, managed by kubectl-patch",
}


def declared(homelab: Homelab) -> dict[str, object]:
    """The fields that the tests change."""
    application = homelab.object(APPLICATION, "infisical", "argocd")
    return {
        "label": homelab.object(EXTERNAL_SECRET, "openclaw-secret", "openclaw")["metadata"]["labels"],
        "interval": homelab.object(EXTERNAL_SECRET, "authentik-secret", "authentik")["spec"]["refreshInterval"],
        "address": homelab.object(STORE, "infisical")["spec"]["provider"]["infisical"]["hostAPI"],
        "bootstrap": homelab.secret("infisical", "infisical-secrets"),
        "patch": homelab.secret("argocd", "argocd-secret"),
        "helm": application["spec"]["source"]["helm"]["valuesObject"],
    }


def edit(homelab: Homelab, folder: Path, *arguments: str, old: str, new: str) -> None:
    """`kubectl edit`, with an editor that replaces a string."""
    editor = folder / "editor"
    editor.write_text(f"#!/bin/sh\nsed -i 's/{old}/{new}/' \"$1\"\n", encoding="utf-8")
    editor.chmod(0o755)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("KUBE_EDITOR", str(editor))
        homelab.plane.kubectl.run("edit", *arguments)


def patch(homelab: Homelab, kind: str, name: str, namespace: str, body: object) -> None:
    where = ("--namespace", namespace, "--type=merge", "--patch", json.dumps(body))
    homelab.plane.kubectl.run("patch", kind, name, *where)


@pytest.fixture(scope="module")
def before(homelab: Homelab, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """The values before each kind of object was changed, each with a different command of kubectl."""
    found = declared(homelab)
    kubectl = homelab.plane.kubectl
    kubectl.run(
        "label", EXTERNAL_SECRET, "openclaw-secret", "-n", "openclaw", "--overwrite", "app.kubernetes.io/part-of=x"
    )
    place = (EXTERNAL_SECRET, "authentik-secret", "-n", "authentik")
    edit(
        homelab, tmp_path_factory.mktemp("editor"), *place, old="refreshInterval: 1h0m0s", new="refreshInterval: 7h0m0s"
    )
    store = homelab.object(STORE, "infisical")
    spec = store["spec"]
    spec["provider"]["infisical"]["hostAPI"] = "http://elsewhere.test"
    body = {"apiVersion": store["apiVersion"], "kind": store["kind"], "metadata": {"name": "infisical"}, "spec": spec}
    kubectl.run("apply", "--server-side", "--force-conflicts", "-f", "-", given=yaml.safe_dump(body))
    value = base64.b64encode(VALUE.encode()).decode()
    patch(homelab, "secret", "infisical-secrets", "infisical", {"data": {"AUTH_SECRET": value}})
    patch(homelab, "secret", "argocd-secret", "argocd", {"data": {"oidc.argocd.clientSecret": value}})
    helm = {"spec": {"source": {"helm": {"valuesObject": {"infisical": {"replicaCount": 3}}}}}}
    patch(homelab, APPLICATION, "infisical", "argocd", helm)
    return found


def refusal(run: Run) -> list[str]:
    """The message about changed fields, without what the commands print around it."""
    lines = [" ".join(line.split()) for line in run.output.splitlines()]
    start = next(number for number, line in enumerate(lines) if "fields that others changed" in line)
    end = next((number for number, line in enumerate(lines) if number > start and line.startswith("Resources:")), None)
    return [line for line in lines[start:end] if line.startswith(("found:", "expected:", "fix:", *FOUND))]


@pytest.fixture(scope="module")
def refusals(homelab: Homelab, before: dict[str, object]) -> list[Run]:
    """What each command says. None of them changes anything."""
    versions = homelab.versions()
    runs = [homelab.attempt(*command) for command in COMMANDS]
    assert homelab.versions() == versions
    return runs


def test_every_command_stops_with_the_same_message_and_changes_nothing(refusals: list[Run]) -> None:
    for run in refusals:
        assert run.code != 0
        for thing, found in FOUND.items():
            assert thing in run.output
            assert found in " ".join(run.output.split())
        assert VALUE not in run.output
    assert len({tuple(refusal(run)) for run in refusals}) == 1


def test_the_commands_of_the_message_take_the_changes_back(
    homelab: Homelab, before: dict[str, object], refusals: list[Run]
) -> None:
    message = " ".join(refusals[0].output.split())
    commands = re.findall(r"`kubectl ([^`]+)`", message)
    assert len(commands) == len(FOUND)

    for command in commands:
        homelab.plane.kubectl.run(*shlex.split(command))
    homelab.up("--refresh")

    assert declared(homelab) == before


def test_a_change_that_is_declared_and_what_others_add_is_kept(homelab: Homelab, before: dict[str, object]) -> None:
    homelab.plane.kubectl.run("label", EXTERNAL_SECRET, "openclaw-secret", "-n", "openclaw", "team=a")
    helm = {"spec": {"source": {"helm": {"valuesObject": {"infisical": {"replicaCount": 2}}}}}}
    patch(homelab, APPLICATION, "infisical", "argocd", helm)
    message = " ".join(homelab.attempt("preview").output.split())
    assert "To keep the change, declare it in homelab:infisical.replicas" in message
    (command,) = re.findall(r"`kubectl ([^`]+)`", message)

    homelab.config["homelab:infisical"]["replicas"] = 2
    homelab.declare()
    homelab.plane.kubectl.run(*shlex.split(command))
    homelab.up("--refresh")

    values = homelab.object(APPLICATION, "infisical", "argocd")["spec"]["source"]["helm"]["valuesObject"]
    assert values["infisical"]["replicaCount"] == 2
    homelab.run("preview", "--refresh", "--expect-no-changes")
    assert homelab.object(EXTERNAL_SECRET, "openclaw-secret", "openclaw")["metadata"]["labels"]["team"] == "a"
