"""`pulumi import` succeeds with a warning, although the Python plugins generate no code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sandbox.controlplane import ControlPlane
from tests import pulumi_state
from tests.plugins.language.engine import write_project
from tooling.stack import Workspace
from tooling.toolchain import Tools
from tooling.toolchain.progress import Reporter

GROUP = "external-secrets.io/v1"
OF_THE_HOMELAB = (
    ("core/v1:Namespace", "namespace", "argocd"),
    ("core/v1:Secret", "secret", "argocd/argocd-secret"),
    ("argoproj.io/v1alpha1:AppProject", "project", "argocd/default"),
)
"""Type, name in the stack, and ID."""
PASSWORD = "random:index/randomPassword:RandomPassword"


@pytest.fixture
def imported(tools: Tools, tmp_path: Path) -> tuple[Workspace, Path]:
    """A workspace with the Python plugins, and a project with an empty stack."""
    workspace = Workspace(tmp_path / "workspace", tools, None, "dev")
    workspace.ensure(Reporter())
    project = write_project(tmp_path / "project", "")
    workspace.run("stack", "init", "dev", cwd=project)
    return workspace, project


def test_an_import_succeeds_and_says_that_there_is_no_code(imported: tuple[Workspace, Path]) -> None:
    workspace, project = imported
    if any(plugin.is_official for plugin in workspace.plugins):
        pytest.skip("the official plugins generate the code")

    done = workspace.attempt("import", "--yes", PASSWORD, "one", "throw-away-password", cwd=project)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "This Python language host generates no code." in done.stdout + done.stderr
    assert "throw-away-password" not in done.stdout + done.stderr
    state = pulumi_state.state(pulumi_state.checkpoint(workspace.state, "trial", "dev"))
    assert PASSWORD in {resource["type"] for resource in state["deployment"]["resources"]}


def test_objects_of_the_homelab_are_imported_without_their_values_and_then_one_of_any_custom_kind(
    workspace: Workspace, cluster: ControlPlane, tmp_path: Path
) -> None:
    """By the second import, the engine has kept the schema of the first one."""
    if any(plugin.is_official for plugin in workspace.plugins):
        pytest.skip("the official plugins generate the code")
    project = write_project(tmp_path / "project", "")
    workspace.run("stack", "init", "sandbox", cwd=project)
    resources = [
        {"type": f"kubernetes:{kind}", "name": name, "id": identifier} for kind, name, identifier in OF_THE_HOMELAB
    ]
    (project / "resources.json").write_text(json.dumps({"resources": resources}))
    metadata = {"name": "theirs", "namespace": "default"}
    spec = {"provider": {"fake": {"data": [{"key": "KEY", "value": "1"}]}}}
    cluster.kubectl.apply({"apiVersion": GROUP, "kind": "SecretStore", "metadata": metadata, "spec": spec})

    homelab = workspace.attempt("import", "--yes", "--file", "resources.json", cwd=project)
    other = workspace.attempt(
        "import", "--yes", f"kubernetes:{GROUP}:SecretStore", "theirs", "default/theirs", cwd=project
    )

    for done in (homelab, other):
        assert done.returncode == 0, done.stdout + done.stderr
        assert "This Python language host generates no code." in done.stdout + done.stderr
    assert "admin.password:" not in homelab.stdout + homelab.stderr
    cluster.kubectl.run("delete", "secretstores.external-secrets.io", "theirs", "-n", "default")
