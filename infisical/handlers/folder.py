"""Folder: one path of an environment, with all its parents."""

from __future__ import annotations

from infisical import rules
from infisical.api.errors import Blocked, NotFound
from infisical.api.folders import Location, create_folder, delete_folder, list_folders
from infisical.api.secrets import list_secrets
from infisical.handlers.base.fields import Change, Field
from infisical.handlers.base.handler import Applied, Found, Handler, Operation
from infisical.handlers.base.ids import id_of, location_of, parse_id
from infisical.properties import Properties


class Folder(Handler):
    name = "Folder"
    doc = "A folder, created with its parents. Deleting it removes it if it is empty; otherwise it is kept."
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
    outputs = {"folderId": "the folder's id"}  # noqa: RUF012

    async def ensure(self, operation: Operation, inputs: Properties, state: Properties) -> Applied:
        location = location_of(inputs)
        for level in location.levels:
            if await self._find(operation, level) is None:
                await create_folder(operation.session, level)
        found = await self._find(operation, location)
        if found is None:
            message = (
                f"Folder {location} disappeared after it was created; something else deletes it. Run the command again."
            )
            raise Blocked(message)
        return Applied(id_of(location), {"folderId": found})

    async def read(self, operation: Operation, resource_id: str, state: Properties, inputs: Properties) -> Found | None:
        location, _ = await parse_id(operation, resource_id, named=False)
        found = await self._find(operation, location)
        if found is None:
            return None
        read = {"projectId": location.project_id, "environment": location.environment, "path": location.path}
        return Found(id_of(location), {"folderId": found}, read)

    async def lost(self, operation: Operation, resource_id: str, state: Properties) -> str | None:
        return None if await self._find(operation, location_of(state)) else "folderId"

    async def delete(self, operation: Operation, resource_id: str, state: Properties) -> None:
        location = location_of(state)
        found = await self._find(operation, location)
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
        await delete_folder(operation.session, location, found)

    async def _find(self, operation: Operation, location: Location) -> str | None:
        """The folder's id, or None."""
        return (await list_folders(operation.session, location.parent) or {}).get(location.name)
