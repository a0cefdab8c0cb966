"""What Infisical has: the project, its environments, folders, names and identities. No value is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from infisical.api.errors import Refused
from infisical.api.folder_names import FolderNames, read_names
from infisical.api.folders import list_all_folders
from infisical.api.http.session import Session
from infisical.api.identities import MADE_BY_BOOTSTRAP, find_identities, mark_of
from infisical.api.memberships import Member, list_members
from infisical.api.projects import Project, find_project, list_projects
from infisical.rules import CHECK_FOLDER
from operations.errors import OperationError

AGAIN = "then run the command again"


@dataclass(frozen=True)
class Wanted:
    """
    What to look for.

    :param project: a slug; empty for the only project
    :param environment: a slug; empty for the only environment, or `prod`
    :param operator: the name of the operator's identity; empty if the program manages none
    """

    url: str
    project: str
    environment: str
    operator: str


@dataclass(frozen=True)
class Operator:
    """
    An identity with the name of the operator's.

    :param mark: what its creator left
    :param administers: whether it administers the server, or is the login of this command
    """

    id: str
    mark: str
    administers: bool


@dataclass(frozen=True)
class Existing:
    """
    :param environments: the display names by slug
    :param environment: the slug of the one that is read
    :param folders: of that environment, by path
    :param members: the project's identities; None if the login may not list them
    :param operator: the name of the operator's identity; empty if the program manages none
    :param operators: the identities of that name; None if the login may not search for them
    """

    url: str
    project: str
    environments: Mapping[str, str]
    environment: str
    folders: Mapping[str, FolderNames]
    members: tuple[Member, ...] | None
    operator: str
    operators: tuple[Operator, ...] | None


async def read_existing(session: Session, wanted: Wanted) -> Existing:
    """
    :raises OperationError: the project or the environment is missing or ambiguous
    :raises InfisicalError: something cannot be read
    """
    project = await _project(session, wanted)
    environment = _environment(project, wanted)
    locations = await list_all_folders(session, project.id, environment)
    folders = {each.path: await read_names(session, each) for each in locations if each.name != CHECK_FOLDER}
    return Existing(
        wanted.url,
        project.slug,
        project.environments,
        environment,
        folders,
        await _members(session, project) if wanted.operator else (),
        wanted.operator,
        await _operators(session, wanted.operator) if wanted.operator else (),
    )


async def _project(session: Session, wanted: Wanted) -> Project:
    slugs = [wanted.project] if wanted.project else sorted(await list_projects(session))
    found = await find_project(session, slugs[0]) if len(slugs) == 1 else None
    if found:
        return found
    existing = sorted(await list_projects(session))
    what = f"Infisical at {wanted.url} has no project {wanted.project!r}"
    if not wanted.project:
        what = f"The project in Infisical at {wanted.url} is not named"
    listed = f"the projects {', '.join(existing)}" if existing else "no project that this login sees"
    fix = f"name an existing one with --project-slug, {AGAIN}"
    raise OperationError(what, found=listed, expected="the slug of one project", fix=fix)


def _environment(project: Project, wanted: Wanted) -> str:
    slugs = list(project.environments)
    if not wanted.environment and len(slugs) == 1:
        return slugs[0]
    chosen = wanted.environment or "prod"
    if chosen in slugs:
        return chosen
    what = f"The project {project.slug!r} at {wanted.url} has no environment {chosen!r}"
    if not wanted.environment:
        what = f"The environment of the project {project.slug!r} at {wanted.url} is not named"
    found = f"the environments {', '.join(slugs)}" if slugs else "no environment that this login sees"
    fix = f"name an existing one with --environment, {AGAIN}"
    raise OperationError(what, found=found, expected="the slug of one environment", fix=fix)


async def _members(session: Session, project: Project) -> tuple[Member, ...] | None:
    try:
        return tuple(await list_members(session, project.id))
    except Refused as error:
        if error.status != 403:
            raise
        return None


async def _operators(session: Session, name: str) -> tuple[Operator, ...] | None:
    try:
        found = await find_identities(session, name)
        return tuple(
            [
                Operator(
                    each.id,
                    await mark_of(session, each.id),
                    each.name in MADE_BY_BOOTSTRAP or each.id == session.login_identity_id,
                )
                for each in found
            ]
        )
    except Refused as error:
        if error.status != 403:
            raise
        return None
