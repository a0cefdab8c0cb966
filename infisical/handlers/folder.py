"""Folder: one path of an environment, with all its parents."""

from __future__ import annotations

from infisical import rules
from infisical.api.errors import Blocked, NotFound
from infisical.api.folders import Location, create_folder, delete_folder, find_folder, list_folders
from infisical.api.marks import belongs
from infisical.api.secrets import list_secrets
from infisical.handlers.base.fields import Change, Field
from infisical.handlers.base.handler import ADOPTED, CREATED, Applied, Found, Handler, Operation
from infisical.handlers.base.ids import id_of, location_of, parse_id
from infisical.properties import Properties, is_known


class Folder(Handler):
    name = "Folder"
    doc = (
        "A folder, created with its parents, or adopted with its values if it exists. Deleting it removes it if this "
        "stack created it and it is empty; otherwise it is kept."
    )
    fields = (
        Field(name="projectId", type="string", required=True, change=Change.REPLACE, doc="the project's id"),
        Field(
            name="environment",
            type="string",
            required=True,
            change=Change.REPLACE,
            rule=rules.environment_slug,
            doc="the environment's slug",
        ),
        Field(
            name="path",
            type="string",
            required=True,
            change=Change.REPLACE,
            rule=rules.folder_below_root,
            doc="the folder's path, such as /apps/web",
        ),
    )
    outputs = {"folderId": "the folder's id", "origin": "created or adopted"}  # noqa: RUF012
    adopts = True

    async def precheck(self, operation: Operation, old: Properties, new: Properties) -> None:
        if not is_known(dict(new)) or (old and id_of(location_of(old)) == id_of(location_of(new))):
            return
        location = location_of(new)
        found = await find_folder(operation.session, location)
        if found and found.description != operation.mark:
            await operation.info(_adoption(location, found.description, operation.mark))

    async def ensure(self, operation: Operation, inputs: Properties, state: Properties) -> Applied:
        location = location_of(inputs)
        existing = await find_folder(operation.session, location)
        if existing is None:
            for level in location.levels:
                if await find_folder(operation.session, level) is None:
                    await create_folder(operation.session, level, operation.mark)
        found = await find_folder(operation.session, location)
        if found is None:
            message = (
                f"Folder {location} disappeared after it was created; something else deletes it. Run the command again."
            )
            raise Blocked(message)
        if found.id == state.string("folderId"):
            origin = state.string("origin")
        else:
            origin = ADOPTED if existing and existing.description != operation.mark else CREATED
        if origin == ADOPTED and not state:
            await operation.info(_adoption(location, found.description, operation.mark))
        return Applied(id_of(location), {"folderId": found.id, "origin": origin})

    async def read(self, operation: Operation, resource_id: str, state: Properties, inputs: Properties) -> Found | None:
        location, _ = await parse_id(operation, resource_id, named=False)
        found = await find_folder(operation.session, location)
        if found is None:
            return None
        read = {"projectId": location.project_id, "environment": location.environment, "path": location.path}
        origin = state.string("origin") or ADOPTED
        return Found(id_of(location), {"folderId": found.id, "origin": origin}, read)

    async def lost(self, operation: Operation, resource_id: str, state: Properties) -> str | None:
        return None if await find_folder(operation.session, location_of(state)) else "folderId"

    async def delete(self, operation: Operation, resource_id: str, state: Properties) -> None:
        location = location_of(state)
        if state.string("origin") == ADOPTED:
            await operation.info(f"Folder {location} was adopted, so it is released and not deleted.")
            return
        found = await find_folder(operation.session, location)
        if found is None:
            return
        try:
            filled = await list_folders(operation.session, location) or await list_secrets(operation.session, location)
        except NotFound:
            return
        if filled:
            await operation.warn(
                f"Folder {location} is kept because it is not empty. Delete it in Infisical if you no longer need it."
            )
            return
        await delete_folder(operation.session, location, found.id)


def _adoption(location: Location, description: str, own: str) -> str:
    owner = belongs(description, own)
    return f"Folder {location} exists in Infisical and is adopted: its values stay as they are.{owner}"
