"""The spec and the status of the Application `infisical`."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Any, Literal

from declaration.objects import (
    APPLICATION,
    CHART_REPOSITORY,
    CLUSTER_SERVER,
    DEFAULT_PROJECT,
    HELM_SECRETS,
    INFISICAL_NAMESPACE,
    INFISICAL_SECRETS,
)
from declaration.site.argocd import refusals

Object = dict[str, Any]

SKIP = "argocd.argoproj.io/skip-reconcile"
LABEL = "the sandbox's fake Argo CD"

Health = Literal["Healthy", "Progressing", "Degraded", "Missing", "Unknown"]
Sync = Literal["Synced", "OutOfSync", "Unknown"]
INVALID = "InvalidSpecError"


@dataclass(frozen=True)
class Wanted:
    """
    :param namespace: in which the chart is installed
    :param revision: of the chart
    :param values: of the chart, with passwords
    :param server_secret: the name of the Secret with ENCRYPTION_KEY and AUTH_SECRET
    :param secrets: namespace and name of each Secret that must exist first, with the server's
    :param automated: it is synced automatically
    """

    namespace: str
    revision: str
    values: Object = field(repr=False)
    server_secret: str
    secrets: tuple[tuple[str, str], ...]
    automated: bool


def is_left_alone(application: Object) -> bool:
    """Whether its owner has paused the reconciliation."""
    return (application["metadata"].get("annotations") or {}).get(SKIP) == "true"


def wanted(application: Object) -> Wanted:
    """Read the Application's spec, with the chart's defaults for missing values."""
    spec = application.get("spec") or {}
    source = spec.get("source") or {}
    values = (source.get("helm") or {}).get("valuesObject") or {}
    namespace = (spec.get("destination") or {}).get("namespace") or APPLICATION
    server_secret = (values.get("infisical") or {}).get("kubeSecretRef") or INFISICAL_SECRETS
    bundled = (values.get("postgresql") or {}).get("enabled", True)
    automated = (spec.get("syncPolicy") or {}).get("automated")
    return Wanted(
        namespace,
        str(source.get("targetRevision", "")),
        values,
        server_secret,
        ((namespace, server_secret), *([(application["metadata"]["namespace"], HELM_SECRETS)] if bundled else [])),
        automated is not None and automated.get("enabled", True),
    )


def wanted_database(application: Object) -> Wanted:
    """Read the spec of an Application for a database of its own."""
    spec = application.get("spec") or {}
    values = ((spec.get("source") or {}).get("helm") or {}).get("valuesObject") or {}
    namespace = (spec.get("destination") or {}).get("namespace") or APPLICATION
    secret = (values.get("auth") or {}).get("existingSecret")
    automated = (spec.get("syncPolicy") or {}).get("automated")
    return Wanted(
        namespace,
        str((spec.get("source") or {}).get("targetRevision", "")),
        values,
        "",
        ((namespace, secret),) if secret else (),
        automated is not None and automated.get("enabled", True),
    )


def project_of(application: Object) -> str:
    """Return the name of its AppProject."""
    return str((application.get("spec") or {}).get("project") or DEFAULT_PROJECT)


def invalid(application: Object, project: Object | None) -> str:
    """Return why Argo CD refuses the Application in this AppProject, in Argo CD's own words; empty if it does not."""
    name, spec = project_of(application), application.get("spec") or {}
    if project is None:
        return f"Application referencing project {name} which does not exist"
    address = (spec.get("source") or {}).get("repoURL", CHART_REPOSITORY)
    problems = {field for field, _, _ in refusals(project.get("spec") or {}, [address])}
    if "spec.sourceRepos" in problems:
        return f"application repo {address} is not permitted in project '{name}'"
    if problems:
        return (
            f"application destination server '{CLUSTER_SERVER}' and namespace '{INFISICAL_NAMESPACE}' do not match any "
            f"of the allowed destinations in project '{name}'"
        )
    return ""


@dataclass(frozen=True)
class Report:
    """The health of the installed objects. `invalid` is why the Application is refused."""

    health: Health
    message: str = ""
    sync: Sync = "Synced"
    invalid: str = ""


def status_patch(application: Object, report: Report) -> Object | None:
    """Return the merge patch that writes the report into the status; None if nothing changes."""
    status = application.get("status") or {}
    revision = wanted(application).revision
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    seen_health, seen_sync = status.get("health") or {}, status.get("sync") or {}
    health: Object = {"status": report.health, "message": report.message}
    sync: Object = {"status": report.sync, "revision": revision}
    conditions = [{"type": INVALID, "message": report.invalid}] if report.invalid else []
    seen_conditions = [{key: each.get(key) for key in ("type", "message")} for each in status.get("conditions") or ()]
    if (
        all(seen_health.get(key) == value for key, value in health.items())
        and all(seen_sync.get(key) == value for key, value in sync.items())
        and seen_conditions == conditions
    ):
        return None
    patch: Object = {
        "health": {**health, "lastTransitionTime": now},
        "sync": sync,
        "conditions": [{**each, "lastTransitionTime": now} for each in conditions],
        "reconciledAt": now,
        "summary": {"images": ["fake-infisical"]},
    }
    if report.sync == "Synced" and seen_sync != sync:
        operation = {"sync": {"revision": revision}, "initiatedBy": {"automated": True}}
        patch["operationState"] = {
            "operation": operation,
            "phase": "Succeeded",
            "message": f"the installed objects run nothing: this is {LABEL}",
            "startedAt": now,
            "finishedAt": now,
        }
    return {"status": patch}
