"""Delivery checks, restarts and commands use the same cluster as the Kubernetes provider."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from components.installation.database_password import CHANGE_PASSWORD, WITHOUT_THE_PASSWORD
from tests.components.answers import Secret
from tests.components.program import Run, run
from tests.declaration.stack_config import stack_file

ROTATED = {"rotations": {"infisicalPostgresPassword": "2026-11"}}
TEXT = "apiVersion: v1\nkind: Config\n"


def _run(**kubernetes: str) -> Run:
    of_others = {f"kubernetes:{key}": value for key, value in kubernetes.items()}
    return run({**stack_file(), **ROTATED}, of_others=of_others)


def _providers(done: Run) -> dict[str, dict[str, Any]]:
    """The inputs of both connections, by name: `infisical` for deliveries and restarts, `cluster` for the checks."""
    of_infisical = [found for found in done.registrations.values() if found.type == "pulumi:providers:infisical"]
    assert {found.name for found in of_infisical} == {"infisical", "cluster"}
    return {found.name: dict(found.inputs) for found in of_infisical}


def test_every_check_and_restart_uses_the_cluster_of_the_stack_config() -> None:
    for inputs in _providers(_run(kubeconfig="/home/me/.kube/homelab", context="homelab")).values():
        assert inputs["kubeconfig"] == Secret("/home/me/.kube/homelab")
        assert inputs["context"] == "homelab"


def test_without_a_cluster_in_the_stack_config_none_is_passed_on() -> None:
    done = _run()

    for inputs in _providers(done).values():
        assert not {"kubeconfig", "context"} & set(inputs)
    command = done.the("Command", "postgres-password")
    assert set(command.inputs["environment"]) == {"NEW_VALUE", "CHANGE_COMMAND"}


@pytest.mark.parametrize(
    ("kubeconfig", "variable"), [("/home/me/.kube/homelab", "KUBECONFIG"), (TEXT, "KUBECONFIG_TEXT")]
)
def test_the_command_that_changes_the_database_password_uses_the_same_cluster(kubeconfig: str, variable: str) -> None:
    environment = (
        _run(kubeconfig=kubeconfig, context="homelab").the("Command", "postgres-password").inputs["environment"]
    )

    assert environment[variable] == Secret(kubeconfig)
    assert environment["KUBE_CONTEXT"] == "homelab"


def test_kubectl_gets_the_context_and_a_temporary_kubeconfig(tmp_path: Path) -> None:
    kubectl = tmp_path / "kubectl"
    kubectl.write_text('#!/bin/sh\necho "$* in $KUBECONFIG: $(cat "$KUBECONFIG")" >> "$CALLS"\n')
    kubectl.chmod(0o755)
    environment = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "CALLS": str(tmp_path / "calls"),
        "TMPDIR": str(tmp_path),
        "NEW_VALUE": "new-password",
        "CHANGE_COMMAND": CHANGE_PASSWORD,
        "KUBECONFIG_TEXT": "the text of it",
        "KUBE_CONTEXT": "homelab",
    }
    before = {*tmp_path.iterdir()}

    subprocess.run(["/bin/sh", "-c", WITHOUT_THE_PASSWORD], env=environment, check=True)

    called = (tmp_path / "calls").read_text()
    assert called.startswith("--namespace infisical --context homelab get statefulset/postgresql ")
    assert called.endswith(": the text of it\n")
    assert {*tmp_path.iterdir()} == before | {tmp_path / "calls"}
