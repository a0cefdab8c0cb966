"""Infisical's Application is in the declared AppProject, which is checked before the Application is written."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from declaration.objects import CHART_REPOSITORY, CLUSTER_SERVER
from tests.components.program import Run, run, without_field_manager
from tests.declaration.stack_config import MODES, OIDC, REPOSITORY, stack_file

ALLOWS = {
    "sourceRepos": [CHART_REPOSITORY],
    "destinations": [{"server": CLUSTER_SERVER, "namespace": "infisical"}],
}


def _run(argocd: dict[str, Any], **more: Any) -> Run:
    return run({**stack_file(), **OIDC, **REPOSITORY, "argocd": argocd}, **more)


@pytest.mark.parametrize("preview", [False, True])
@pytest.mark.parametrize("mode", MODES)
def test_without_a_declaration_the_project_is_argocds_own(mode: str, preview: bool) -> None:
    config = MODES[mode]()
    del config["argocd"]

    done = run(config, preview=preview)

    project = done.the("AppProject", "default")
    assert (project.read, project.inputs["metadata"]) == (
        "argocd/default",
        {"name": "default", "namespace": "argocd"},
    )
    application = done.the("Application", "infisical")
    assert application.inputs["spec"]["project"] == "default"
    assert project.urn in application.dependencies


def test_a_project_that_allows_the_application_is_only_read() -> None:
    done = _run({"project": "secrets"}, project=ALLOWS)

    assert done.the("AppProject", "secrets").read == "argocd/secrets"
    assert done.the("Application", "infisical").inputs["spec"]["project"] == "secrets"


@pytest.mark.parametrize("preview", [False, True])
@pytest.mark.parametrize(
    ("spec", "found", "missing"),
    [
        ({**ALLOWS, "sourceRepos": ["https://git.example.net/*"]}, "https://git.example.net/*", CHART_REPOSITORY),
        ({**ALLOWS, "destinations": []}, "no entry", f"{{server: {CLUSTER_SERVER}, namespace: infisical}}"),
    ],
    ids=["repository", "destination"],
)
def test_a_project_that_does_not_allow_the_application_stops_the_program_before_it_writes_the_application(
    spec: dict[str, Any], found: str, missing: str, preview: bool
) -> None:
    with pytest.raises(pulumi.RunError) as caught:
        _run({"project": "secrets"}, project=spec, preview=preview)

    message = str(caught.value)
    assert "homelab:argocd.project: the AppProject argocd/secrets does not allow Infisical's Application." in message
    assert found in message
    assert missing in message
    assert "kubectl edit appproject secrets -n argocd" in message


def test_a_created_project_allows_the_application_and_nothing_else_and_is_never_deleted() -> None:
    done = _run({"project": "secrets", "createProject": True})

    written = without_field_manager(done.objects()["AppProject argocd/secrets"])
    assert written["spec"] == {
        "description": "Infisical, installed by the homelab's Pulumi program",
        **ALLOWS,
        "clusterResourceWhitelist": [{"group": "", "kind": "Namespace"}],
    }
    project, application = done.the("AppProject", "secrets"), done.the("Application", "infisical")
    assert project.retained
    assert application.inputs["spec"]["project"] == "secrets"
    assert project.urn in application.dependencies


def test_everything_of_argocd_is_in_its_namespace() -> None:
    done = _run({"namespace": "gitops"})

    assert sorted(name for name in done.objects() if "gitops/" in name) == [
        "Application gitops/infisical",
        "Secret gitops/argocd-secret",
        "Secret gitops/infisical-helm-secrets",
        "Secret gitops/repo-homelab",
    ]
    assert not [name for name in done.objects() if "argocd/" in name]
    assert done.the("Namespace", "gitops").read == "gitops"
    assert "argocd" not in {found.read for found in done.of_type("Namespace")}
    assert done.the("infisical:Instance", "infisical").inputs["application"] == "gitops/infisical"


def test_the_timeouts_of_the_declaration_reach_the_provider() -> None:
    config = stack_file()
    config["infisical"] |= {"startSeconds": 900, "restartSeconds": 400, "commandSeconds": 60}
    config["apps"]["grafana"]["keys"]["GRAFANA_ADMIN_PASSWORD"]["changeCommand"] = "true"
    config["apps"]["grafana"]["restarts"] = ["deployment/grafana"]

    done = run(config)

    assert done.the("infisical:Instance", "infisical").inputs["timeoutSeconds"] == 900
    assert {found.inputs["timeoutSeconds"] for found in done.of_type("infisical:Restart")} == {400}
    timed = {found.name: found.inputs.get("commandSeconds") for found in done.of_type("infisical:Secret")}
    assert timed.pop("GRAFANA_ADMIN_PASSWORD") == 60
    assert set(timed.values()) == {None}


@pytest.mark.parametrize("preview", [False, True])
def test_a_project_that_somebody_else_made_is_not_created(preview: bool) -> None:
    theirs = {"kind": "AppProject", "namespace": "argocd", "name": "secrets", "managers": ["kubectl"], "tool": ""}
    existing = {"objects": [{**theirs, "owner": ""}]}

    done = _run({"project": "secrets", "createProject": True}, project=ALLOWS, existing=existing, preview=preview)

    assert done.the("AppProject", "secrets").read == "argocd/secrets"


def test_a_missing_project_stops_the_program_with_both_ways_on() -> None:
    with pytest.raises(pulumi.RunError) as caught:
        _run({"project": "secrets"}, existing={"missingProjects": ["argocd/secrets"]})

    assert "homelab:argocd.project\n    found:    no AppProject argocd/secrets in the cluster" in str(caught.value)
    assert "write `createProject: true` in homelab:argocd" in str(caught.value)


def test_a_missing_project_that_the_program_creates_is_no_error() -> None:
    done = _run({"project": "secrets", "createProject": True}, existing={"missingProjects": ["argocd/secrets"]})

    assert done.the("AppProject", "secrets").read is None
