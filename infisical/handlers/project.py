"""Project: found by its slug before it is made, with the environments that are declared."""

from __future__ import annotations

from typing import Final

from infisical.api.errors import Blocked, Refused
from infisical.api.projects import (
    Project as ServerProject,
)
from infisical.api.projects import (
    create_environment,
    create_project,
    delete_project,
    find_project,
)
from infisical.handlers import allowed
from infisical.handlers.fields import Change, Field
from infisical.handlers.kind import Found, Kind, Made, Task
from infisical.handlers.properties import Properties

PRODUCTION: Final = {"prod": "Production"}


def _asks_for_more(old: object, new: object) -> bool:
    """Display names are the owner's to change in the UI; an environment that is declared no more is left alone."""
    return not (isinstance(old, dict) and isinstance(new, dict) and set(new) <= set(old))


class Project(Kind):
    name = "Project"
    doc = (
        "A project, adopted where one with this slug exists. Declared environments are added, others are left alone. "
        "Deleting it deletes every secret in it, and is refused while `deletionProtection` is true."
    )
    fields = (
        Field(
            name="slug",
            type="text",
            required=True,
            change=Change.REPLACE,
            allowed=allowed.project_slug,
            doc="the project's name in addresses",
        ),
        Field(
            name="name",
            type="text",
            change=Change.NOTHING,
            allowed=allowed.not_empty,
            doc="the display name that a new project gets; the slug where it is not given",
        ),
        Field(
            name="environments",
            type="mapping",
            default=PRODUCTION,
            allowed=allowed.environments,
            differs=_asks_for_more,
            doc="the environments' slugs, with the display names that new ones get",
        ),
        Field(name="deletionProtection", type="flag", default=True, doc="whether deleting the project is refused"),
    )
    outputs = {"projectId": "the project's id"}  # noqa: RUF012
    told_apart_by = ("projectId",)

    async def ensure(self, task: Task, inputs: Properties, state: Properties) -> Made:
        slug = inputs.text("slug")
        found = await find_project(task.session, slug)
        project = found or await self._create(task, slug, inputs.text("name") or slug)
        for environment, name in inputs.mapping("environments").items():
            if environment not in project.environments:
                await self._add_environment(task, project, environment, name)
        return Made(slug, {"projectId": project.id})

    async def read(self, task: Task, resource_id: str, state: Properties, inputs: Properties) -> Found | None:
        project = await find_project(task.session, resource_id)
        if project is None:
            return None
        declared = inputs.mapping("environments") if inputs else project.environments
        read = {
            "slug": project.slug,
            "environments": {slug: name for slug, name in declared.items() if slug in project.environments},
            "deletionProtection": inputs.flag("deletionProtection", default=True),
        }
        if not inputs or "name" in inputs:
            read["name"] = inputs.text("name", project.name)
        return Found(project.slug, {"projectId": project.id}, read)

    async def lost(self, task: Task, resource_id: str, state: Properties) -> str | None:
        project = await find_project(task.session, resource_id)
        if project is None or project.id != state.text("projectId"):
            return "projectId"
        return None if set(state.mapping("environments")) <= set(project.environments) else "environments"

    async def delete(self, task: Task, resource_id: str, state: Properties) -> None:
        project = await find_project(task.session, resource_id)
        if project is None or project.id != state.text("projectId"):
            return
        if state.flag("deletionProtection", default=True):
            message = (
                f"The project {resource_id!r} was not deleted: its deletionProtection is on, and every secret in it "
                "would be lost. To delete it, set `deletion_protection=False` and run `pulumi up` first; to keep it "
                f"and only forget it, run `pulumi state delete '{task.urn}'`."
            )
            raise Blocked(message)
        await delete_project(task.session, project)

    async def _create(self, task: Task, slug: str, name: str) -> ServerProject:
        try:
            return await create_project(task.session, slug, name)
        except Refused as error:
            # Made in the meantime: by a call whose answer was lost, or by another program.
            found = await find_project(task.session, slug) if error.exists_already else None
            if found is None:
                raise
            return found

    async def _add_environment(self, task: Task, project: ServerProject, slug: str, name: str) -> None:
        try:
            await create_environment(task.session, project, slug, name)
        except Refused:
            found = await find_project(task.session, project.slug)
            if found is None or slug not in found.environments:
                raise
