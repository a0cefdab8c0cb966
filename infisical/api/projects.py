"""Projects and their environments."""

from __future__ import annotations

from dataclasses import dataclass

from infisical.api.errors import NotFound
from infisical.api.http.answer import Answer
from infisical.api.http.call import Call, path
from infisical.api.http.generations import first_known
from infisical.api.http.session import Session


@dataclass(frozen=True)
class Project:
    """`environments` has the display names by slug."""

    id: str
    slug: str
    name: str
    environments: dict[str, str]


async def find_project(session: Session, slug: str) -> Project | None:
    """The project with this slug in the login's organization, or None."""
    what = f"look up the project {slug!r}"
    calls = [
        Call(what=what, method="GET", path=path("/api/v1/projects/slug/{}", slug)),
        Call(what=what, method="GET", path=path("/api/v2/workspace/{}", slug)),
    ]
    try:
        return _project(await first_known(session, "project by slug", calls))
    except NotFound:
        return None


async def slug_of_project(session: Session, project_id: str) -> str:
    """For messages: a project's slug, or its id if the login does not see the project."""
    what = "list the projects"
    calls = [
        Call(what=what, method="GET", path="/api/v1/projects"),
        Call(what=what, method="GET", path="/api/v1/workspace"),
    ]
    answer = await first_known(session, "list projects", calls)
    entries = answer.each("projects" if "projects" in answer.body else "workspaces")
    return next((entry.string("slug") for entry in entries if entry.string("id") == project_id), project_id)


async def list_projects(session: Session) -> dict[str, str]:
    """The names by slug of the projects that the login belongs to, without those that a server creates by itself."""
    what = "list the projects"
    calls = [
        Call(what=what, method="GET", path="/api/v1/projects"),
        Call(what=what, method="GET", path="/api/v1/workspace"),
    ]
    answer = await first_known(session, "list projects", calls)
    return {
        entry.string("slug"): entry.string("name")
        for entry in answer.each("projects" if "projects" in answer.body else "workspaces")
        if not (entry.body.get("type") == "cert-manager" and entry.string("slug").startswith("cert-manager-"))
    }


async def create_project(session: Session, slug: str, name: str) -> Project:
    """Create a project without environments."""
    body = {"projectName": name, "slug": slug, "type": "secret-manager", "shouldCreateDefaultEnvs": False}
    what = f"create the project {slug!r}"
    calls = [
        Call(what=what, method="POST", path="/api/v1/projects", body=body),
        Call(what=what, method="POST", path="/api/v2/workspace", body=body),
    ]
    return _project((await first_known(session, "create project", calls)).within("project"))


async def create_environment(session: Session, project: Project, slug: str, name: str) -> None:
    body = {"name": name, "slug": slug}
    what = f"create the environment {slug!r} in the project {project.slug!r}"
    calls = [
        Call(what=what, method="POST", path=path("/api/v1/projects/{}/environments", project.id), body=body),
        Call(what=what, method="POST", path=path("/api/v1/workspace/{}/environments", project.id), body=body),
    ]
    await first_known(session, "create environment", calls)


async def delete_project(session: Session, project: Project) -> None:
    """Delete a project with every secret in it; it may be gone already."""
    what = f"delete the project {project.slug!r}"
    calls = [
        Call(what=what, method="DELETE", path=path("/api/v1/projects/{}", project.id), repeatable=True),
        Call(what=what, method="DELETE", path=path("/api/v1/workspace/{}", project.id), repeatable=True),
    ]
    try:
        await first_known(session, "delete project", calls)
    except NotFound:
        return


def _project(answer: Answer) -> Project:
    return Project(
        id=answer.string("id"),
        slug=answer.string("slug"),
        name=answer.string("name"),
        environments={entry.string("slug"): entry.string("name") for entry in answer.each("environments")},
    )
