"""Before it writes anything, the program checks that Argo CD will accept Infisical's Application."""

from __future__ import annotations

from typing import Any

from tests.homelab.deployment import Homelab

PROJECT: dict[str, Any] = {
    "apiVersion": "argoproj.io/v1alpha1",
    "kind": "AppProject",
    "metadata": {"name": "secrets", "namespace": "argocd"},
}
APPLICATIONS, PROJECTS = "applications.argoproj.io", "appprojects.argoproj.io"


def _declare(homelab: Homelab, **argocd: Any) -> None:
    homelab.config["homelab:argocd"] = argocd
    homelab.declare()


def test_the_project_must_exist_and_allow_the_application(bare_homelab: Homelab) -> None:
    homelab = bare_homelab
    _declare(homelab, project="secrets")

    # With its preview, which fails.
    run = homelab.attempt("up", "--yes")
    assert run.code != 0
    assert "no AppProject argocd/secrets in the cluster" in run.output
    assert "write `createProject: true`" in run.output
    assert "Updating (" not in run.output

    homelab.plane.kubectl.apply({**PROJECT, "spec": {"sourceRepos": ["https://git.example.net/*"], "destinations": []}})
    run = homelab.attempt("up", "--yes")
    assert run.code != 0
    assert "the AppProject argocd/secrets does not allow Infisical's Application." in run.output
    assert "Traceback" not in run.output
    assert "Updating (" not in run.output
    assert "infisical" not in homelab.objects("namespaces")
    assert homelab.objects(APPLICATIONS) == {}

    everything = {"sourceRepos": ["*"], "destinations": [{"server": "*", "namespace": "*"}]}
    homelab.plane.kubectl.apply({**PROJECT, "spec": everything})
    before = homelab.objects(PROJECTS)
    homelab.up()
    assert homelab.objects(APPLICATIONS)["argocd/infisical"]["spec"]["project"] == "secrets"
    assert homelab.objects(PROJECTS) == before

    # The program creates the project that is not there, and keeps it when it is no longer declared.
    _declare(homelab, project="created", createProject=True)
    homelab.up()
    assert homelab.objects(APPLICATIONS)["argocd/infisical"]["spec"]["project"] == "created"
    assert homelab.run("preview", "--expect-no-changes").code == 0
    _declare(homelab)
    homelab.up()
    assert homelab.objects(APPLICATIONS)["argocd/infisical"]["spec"]["project"] == "default"
    assert {"argocd/created", "argocd/default", "argocd/secrets"} == homelab.objects(PROJECTS).keys()
