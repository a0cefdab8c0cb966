"""`pulumi import` succeeds with a warning, although the Python plugins generate no code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sandbox.controlplane import ControlPlane
from tests.plugins.language.engine import write_project
from tooling.stack import Workspace
from tooling.toolchain import Tools
from tooling.toolchain.progress import Reporter

GROUP = "external-secrets.io/v1"
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
    state = json.loads(workspace.run("stack", "export", cwd=project))
    assert PASSWORD in {resource["type"] for resource in state["deployment"]["resources"]}


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("core/v1:Namespace", "argocd"),
        ("core/v1:Secret", "argocd/argocd-secret"),
        ("argoproj.io/v1alpha1:AppProject", "argocd/default"),
    ],
)
def test_an_object_of_the_homelab_is_imported_without_its_values(
    kind: str, name: str, workspace: Workspace, tmp_path: Path
) -> None:
    if any(plugin.is_official for plugin in workspace.plugins):
        pytest.skip("the official plugins generate the code")
    project = write_project(tmp_path / "project", "")
    workspace.run("stack", "init", "sandbox", cwd=project)

    done = workspace.attempt("import", "--yes", f"kubernetes:{kind}", "one", name, cwd=project)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "This Python language host generates no code." in done.stdout + done.stderr
    assert "admin.password:" not in done.stdout + done.stderr


def test_an_object_of_any_other_custom_kind_is_imported(
    workspace: Workspace, cluster: ControlPlane, tmp_path: Path
) -> None:
    """Also after the engine has kept the schema of an earlier import."""
    if any(plugin.is_official for plugin in workspace.plugins):
        pytest.skip("the official plugins generate the code")
    project = write_project(tmp_path / "project", "")
    workspace.run("stack", "init", "sandbox", cwd=project)
    metadata = {"name": "theirs", "namespace": "default"}
    spec = {"provider": {"fake": {"data": [{"key": "KEY", "value": "1"}]}}}
    cluster.kubectl.apply({"apiVersion": GROUP, "kind": "SecretStore", "metadata": metadata, "spec": spec})

    for kind, name in (("core/v1:Namespace", "argocd"), (f"{GROUP}:SecretStore", "default/theirs")):
        done = workspace.attempt("import", "--yes", f"kubernetes:{kind}", name.rpartition("/")[2], name, cwd=project)

        assert done.returncode == 0, done.stdout + done.stderr
        assert "This Python language host generates no code." in done.stdout + done.stderr
    cluster.kubectl.run("delete", "secretstores.external-secrets.io", "theirs", "-n", "default")
