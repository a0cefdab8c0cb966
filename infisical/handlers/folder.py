"""Folder: one path of an environment, with every folder on the way."""

from __future__ import annotations

from infisical.api.errors import Blocked, NotFound
from infisical.api.folders import Place, create_folder, delete_folder, list_folders
from infisical.api.secrets import list_secrets
from infisical.handlers import allowed
from infisical.handlers.fields import Change, Field
from infisical.handlers.kind import Found, Kind, Made, Task
from infisical.handlers.places import id_of, parse_id, place_of
from infisical.handlers.properties import Properties


class Folder(Kind):
    name = "Folder"
    doc = "A folder, with those on the way to it. Deleting it removes it only while it is empty; else it is kept."
    fields = (
        Field(name="projectId", type="text", required=True, change=Change.REPLACE, doc="the project's id"),
        Field(
            name="environment",
            type="text",
            required=True,
            change=Change.REPLACE,
            allowed=allowed.environment_slug,
            doc="the environment's slug",
        ),
        Field(
            name="path",
            type="text",
            required=True,
            change=Change.REPLACE,
            allowed=allowed.folder_below_root,
            doc="the folder's path, such as /apps/web",
        ),
    )
    outputs = {"folderId": "the folder's id"}  # noqa: RUF012

    async def ensure(self, task: Task, inputs: Properties, state: Properties) -> Made:
        place = place_of(inputs)
        for level in place.levels:
            if await self._find(task, level) is None:
                await create_folder(task.session, level)
        found = await self._find(task, place)
        if found is None:
            message = (
                f"the folder {place} is not there although it was made: somebody deletes it. Run the command again."
            )
            raise Blocked(message)
        return Made(id_of(place), {"folderId": found})

    async def read(self, task: Task, resource_id: str, state: Properties, inputs: Properties) -> Found | None:
        place, _ = await parse_id(task, resource_id, named=False)
        found = await self._find(task, place)
        if found is None:
            return None
        read = {"projectId": place.project_id, "environment": place.environment, "path": place.path}
        return Found(id_of(place), {"folderId": found}, read)

    async def lost(self, task: Task, resource_id: str, state: Properties) -> str | None:
        return None if await self._find(task, place_of(state)) else "folderId"

    async def delete(self, task: Task, resource_id: str, state: Properties) -> None:
        place = place_of(state)
        found = await self._find(task, place)
        if found is None:
            return
        try:
            filled = await list_folders(task.session, place) or await list_secrets(task.session, place)
        except NotFound:
            return
        if filled:
            await task.warn(f"the folder {place} is kept, since it is not empty: delete it in Infisical if you want to")
            return
        await delete_folder(task.session, place, found)

    async def _find(self, task: Task, place: Place) -> str | None:
        """The folder's id, or None."""
        return (await list_folders(task.session, place.parent) or {}).get(place.name)
