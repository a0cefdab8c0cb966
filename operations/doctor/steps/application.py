"""Argo CD's Application of Infisical: whether it exists, may be installed, and is installed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from declaration.objects import APPLICATION, DEFAULT_PROJECT
from infisical.argocd import reported
from operations.doctor.facts import Object, Unread
from operations.doctor.findings import Finding, Outcome
from operations.doctor.steps.pods import pod_findings
from operations.doctor.steps.scope import REFRESH, Scope


def check_application(scope: Scope) -> Outcome:
    if scope.homelab.infisical.install != "argocd":
        return Outcome.not_needed(f"this program creates none (install: {scope.homelab.infisical.install})")
    found, project = scope.cluster.application, scope.cluster.project
    for each in (found, project):
        if isinstance(each, Unread):
            return Outcome.not_checked(each.reason)
    assert not isinstance(found, Unread)
    status = _mapping(found, "status")
    sync, health = (str(_mapping(status, name).get("status") or "Unknown") for name in ("sync", "health"))
    return Outcome.of(_findings(scope, found, project), f"{sync}, {health}")


def _findings(scope: Scope, found: Object | None, project: Object | Unread | None) -> Iterator[Finding]:
    argocd = scope.homelab.argocd
    place = f"Application {argocd.namespace}/{APPLICATION}"
    describe = f"`kubectl -n {argocd.namespace} describe application {APPLICATION}`"
    if found is None:
        yield Finding("application-missing", "Infisical's Application does not exist", REFRESH, (place,))
        return
    name = str(_mapping(found, "spec").get("project") or DEFAULT_PROJECT)
    if project is None:
        create = REFRESH if argocd.creates_project else "create it, or set `createProject: true` in homelab:argocd"
        where = (f"AppProject {argocd.namespace}/{name}",)
        yield Finding("project-missing", "The AppProject of the Application does not exist", create, where)
        return
    status = _mapping(found, "status")
    lines = reported(dict(found))
    conditions = [str(each.get("type")) for each in status.get("conditions") or () if isinstance(each, Mapping)]
    if conditions:
        yield Finding(
            "application-conditions",
            "Argo CD refuses the Application, or cannot read it",
            f"correct what Argo CD names; {describe} shows all of it",
            (place,),
            found="\n".join(lines[: len(conditions)]),
            expected="no condition",
        )
        return
    if any(pod_findings(scope)):
        # The pods say why it is not healthy.
        return
    health, sync = (str(_mapping(status, field).get("status") or "Unknown") for field in ("health", "sync"))
    if health != "Healthy" or sync != "Synced":
        passing = health in ("Healthy", "Progressing")
        yield Finding(
            "application-not-healthy",
            "Argo CD reports that Infisical is not installed as declared" if passing else "Infisical is not healthy",
            f"{describe} names the objects; `pulumi up` applies the declaration again",
            (place,),
            found="\n".join(lines),
            expected="sync: Synced, health: Healthy",
            warning=passing,
        )


def _mapping(found: Mapping[str, Any] | None, field: str) -> Mapping[str, Any]:
    value = (found or {}).get(field)
    return value if isinstance(value, Mapping) else {}
