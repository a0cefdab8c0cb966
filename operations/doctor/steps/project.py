"""The store's project in Infisical: whether it and its environment exist, and the operator may read its folders."""

from __future__ import annotations

from collections.abc import Iterator

from operations.doctor.facts import Unread
from operations.doctor.findings import Finding, Outcome
from operations.doctor.steps.login import without_login
from operations.doctor.steps.scope import Scope


def check_project(scope: Scope) -> Outcome:
    store, login = scope.homelab.store, scope.infisical.login
    if login is None or not login.accepted:
        return Outcome.not_checked(without_login(scope))
    folders = len(scope.infisical.folders)
    detail = f"{store.project_slug}/{store.environment_slug}, {folders} folder{'s' * (folders != 1)}"
    return Outcome.of(_findings(scope), detail)


def _findings(scope: Scope) -> Iterator[Finding]:
    store, project = scope.homelab.store, scope.infisical.project
    where = (f"project {store.project_slug!r} at {scope.infisical.url}",)
    grant = (
        "run `pulumi up`, which gives it access again"
        if scope.is_managed
        else "in Infisical: the project, Access Control, Machine Identities, Add Identity, with the role Viewer"
    )
    if isinstance(project, Unread):
        expected = "a machine identity of the project"
        what = "The operator's identity is not a member of the project"
        yield Finding("not-a-member", what, grant, where, project.reason, expected)
        return
    if project is None:
        yield Finding(
            "no-project",
            "No project has the declared slug",
            "compare the slug in Infisical's Project Settings with `projectSlug` in homelab:store; "
            + ("`pulumi up --refresh` creates a deleted project again" if scope.is_managed else "create the project"),
            where,
            "no project that the operator's identity can see",
            f"a project with the slug {store.project_slug!r}",
        )
        return
    if project.environments and store.environment_slug not in project.environments:
        yield Finding(
            "no-environment",
            "The project does not have the declared environment",
            "correct `environmentSlug` in homelab:store, or add the environment in Infisical",
            where,
            ", ".join(project.environments),
            store.environment_slug,
        )
        return
    for location, folder in scope.infisical.folders.items():
        if folder.refused:
            yield Finding(
                "folder-refused",
                "The operator's identity may not read a folder",
                grant,
                (str(location),),
                folder.refused,
                "read access to secrets and their values",
            )
