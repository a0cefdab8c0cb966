"""Project: looked up by its slug before it is created, with the declared environments."""

from __future__ import annotations

from typing import Any, Final

from infisical import rules
from infisical.api.errors import Blocked, Refused
from infisical.api.marks import belongs
from infisical.api.projects import (
    Project as ServerProject,
)
from infisical.api.projects import (
    create_environment,
    create_project,
    delete_project,
    find_project,
)
from infisical.handlers.base.fields import Change, Field
from infisical.handlers.base.handler import ADOPTED, CREATED, Applied, Found, Handler, Operation
from infisical.properties import Properties, is_known

PRODUCTION: Final = {"prod": "Production"}


def _asks_for_more(old: object, new: object) -> bool:
    """The owner may change display names in the UI; an environment that is no longer declared is kept."""
    return not (isinstance(old, dict) and isinstance(new, dict) and set(new) <= set(old))


class Project(Handler):
    name = "Project"
    doc = (
        "A project, adopted if one with this slug exists. Declared environments are added, others are kept. A new slug "
        "selects another project, and the previous one is kept. Deleting it releases an adopted project. A project "
        "that this stack created is deleted with every secret in it, which is refused while `deletionProtection` is "
        "true."
    )
    fields = (
        Field(
            name="slug",
            type="string",
            required=True,
            rule=rules.project_slug,
            doc="the project's name in addresses",
        ),
        Field(
            name="name",
            type="string",
            change=Change.NOTHING,
            rule=rules.not_empty,
            doc="the display name of a new project; defaults to the slug",
        ),
        Field(
            name="environments",
            type="mapping",
            default=PRODUCTION,
            rule=rules.environments,
            differs=_asks_for_more,
            doc="the environments' slugs, with the display names that new ones get",
        ),
        Field(name="deletionProtection", type="boolean", default=True, doc="whether deleting the project is refused"),
    )
    outputs = {"projectId": "the project's id", "origin": "created or adopted"}  # noqa: RUF012
    identity_outputs = ("projectId",)
    adopts = True

    async def precheck(self, operation: Operation, old: Properties, new: Properties) -> None:
        if not is_known(dict(new)):
            return
        found = await find_project(operation.session, new.string("slug"))
        if found and found.id != old.string("projectId") and found.description != operation.mark:
            await operation.info(_adoption(found, new, operation.mark))

    async def foreseen(self, operation: Operation, inputs: Properties) -> dict[str, Any]:
        # So that the preview of everything in the project finds what exists.
        found = await find_project(operation.session, inputs.string("slug")) if is_known(inputs.get("slug")) else None
        return {"projectId": found.id} if found else {}

    def unknown_outputs(self, old: Properties, new: Properties) -> frozenset[str]:
        return frozenset() if old.get("slug") == new.get("slug") else frozenset(self.outputs)

    async def ensure(self, operation: Operation, inputs: Properties, state: Properties) -> Applied:
        slug = inputs.string("slug")
        if (previous := state.string("slug")) and previous != slug:
            await operation.info(
                f"Project {previous!r} keeps its values in Infisical. Delete it there when nothing reads them any more."
            )
        found = await find_project(operation.session, slug)
        project = found or await self._create(operation, slug, inputs.string("name") or slug)
        if project.id == state.string("projectId"):
            origin = state.string("origin")
        else:
            # One that this stack created has its mark, also if the run that created it was killed.
            origin = CREATED if project.description == operation.mark else ADOPTED
        if origin == ADOPTED and not state:
            await operation.info(_adoption(project, inputs, operation.mark))
        for environment, name in inputs.mapping("environments").items():
            if environment not in project.environments:
                await self._add_environment(operation, project, environment, name)
        return Applied(slug, {"projectId": project.id, "origin": origin})

    async def read(self, operation: Operation, resource_id: str, state: Properties, inputs: Properties) -> Found | None:
        # The ID is the first slug, and a state also knows later ones.
        project = await find_project(operation.session, state.string("slug", resource_id))
        if project is None:
            return None
        declared = inputs.mapping("environments") if inputs else project.environments
        read = {
            "slug": project.slug,
            "environments": {slug: name for slug, name in declared.items() if slug in project.environments},
            "deletionProtection": inputs.boolean("deletionProtection", default=True),
        }
        if not inputs or "name" in inputs:
            read["name"] = inputs.string("name", project.name)
        origin = state.string("origin") or ADOPTED
        return Found(project.slug, {"projectId": project.id, "origin": origin}, read)

    async def lost(self, operation: Operation, resource_id: str, state: Properties) -> str | None:
        project = await find_project(operation.session, state.string("slug", resource_id))
        if project is None or project.id != state.string("projectId"):
            return "projectId"
        return None if set(state.mapping("environments")) <= set(project.environments) else "environments"

    async def delete(self, operation: Operation, resource_id: str, state: Properties) -> None:
        slug = state.string("slug", resource_id)
        project = await find_project(operation.session, slug)
        if project is None or project.id != state.string("projectId"):
            return
        if state.string("origin") == ADOPTED:
            await operation.info(f"Project {resource_id!r} was adopted, so it is released and not deleted.")
            return
        if state.boolean("deletionProtection", default=True):
            message = (
                f"Project {slug!r} was not deleted: its `deletionProtection` is true, and every secret in it "
                "would be lost. To delete it, set `deletion_protection=False` and run `pulumi up` first. To keep it "
                f"and remove it from the stack, run `pulumi state delete '{operation.urn}'`."
            )
            raise Blocked(message)
        await delete_project(operation.session, project)

    async def _create(self, operation: Operation, slug: str, name: str) -> ServerProject:
        try:
            return await create_project(operation.session, slug, name, operation.mark)
        except Refused as error:
            # Created in the meantime: by a call whose answer was lost, or by another program.
            found = await find_project(operation.session, slug) if error.exists_already else None
            if found is None:
                raise
            return found

    async def _add_environment(self, operation: Operation, project: ServerProject, slug: str, name: str) -> None:
        try:
            await create_environment(operation.session, project, slug, name)
        except Refused:
            found = await find_project(operation.session, project.slug)
            if found is None or slug not in found.environments:
                raise


def _adoption(project: ServerProject, inputs: Properties, own: str) -> str:
    """What happens to an existing project, and to each declared environment."""
    environments = [
        f"its environment {slug!r} is adopted" if slug in project.environments else f"environment {slug!r} is added"
        for slug in inputs.mapping("environments")
    ]
    return (
        f"Project {project.slug!r} exists in Infisical and is adopted: {', '.join(environments)}. Values, members "
        f"and settings stay as they are.{belongs(project.description, own)}"
    )
