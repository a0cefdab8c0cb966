"""Secret: seeded once, then Infisical's: its value changes only when its rotation marker does."""

from __future__ import annotations

import hmac
from typing import Any

from infisical.client.errors import Blocked, NotFound, Refused
from infisical.client.folders import Place
from infisical.client.secrets import StoredSecret, create_secret, delete_secret, stored_form, update_secret
from infisical.resources import allowed
from infisical.resources.fields import Change, Field
from infisical.resources.fingerprint import fingerprint
from infisical.resources.kind import Found, Kind, Made, Task
from infisical.resources.places import id_of, parse_id, place_of
from infisical.resources.properties import Properties


def _marker_moved(old: object, new: object) -> bool:
    """An imported secret has no marker yet; taking one up changes nothing."""
    return old is not None and old != new


class Secret(Kind):
    name = "Secret"
    doc = (
        "A secret that is created if it is missing, adopted if it is present, and given its declared value again only "
        "when `rotation` changes. What somebody changed in Infisical is reported by a refresh, not overwritten; what "
        "somebody deleted there is seeded again. Deleting it keeps it in Infisical, unless `deleteWithResource`."
    )
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
            default="/",
            change=Change.REPLACE,
            allowed=allowed.folder_path,
            doc="the folder, which must exist",
        ),
        Field(
            name="name",
            type="text",
            required=True,
            change=Change.REPLACE,
            allowed=allowed.secret_name,
            doc="the secret's name",
        ),
        Field(
            name="value",
            type="text",
            required=True,
            secret=True,
            change=Change.NOTHING,
            doc="the value to seed, and to set on a rotation",
        ),
        Field(name="rotation", type="text", differs=_marker_moved, doc="any text; another one sets the declared value"),
        Field(
            name="deleteWithResource",
            type="flag",
            default=False,
            doc="whether deleting the resource deletes the secret in Infisical",
        ),
    )
    outputs = {  # noqa: RUF012
        "secretId": "the secret's id",
        "secretVersion": "Infisical's version of the value",
        "origin": "where the value came from: seeded, adopted or rotated",
        "inSync": "whether Infisical's value was the declared one when it was last looked at",
        "fingerprint": "a keyed hash of Infisical's value when it was last looked at",
    }
    secret_outputs = frozenset({"fingerprint"})

    async def ensure(self, task: Task, inputs: Properties, state: Properties) -> Made:
        place, name, value = place_of(inputs), inputs.text("name"), stored_form(inputs.text("value"))
        found = await self._find(task, place, name)
        if found is None:
            found, origin = await self._seed(task, place, name, value)
        elif state and _marker_moved(state.get("rotation"), inputs.get("rotation")):
            found, origin = await self._rotate(task, place, found, value), "rotated"
        else:
            origin = state.text("origin", "adopted")
        return Made(id_of(place, name), self._outputs(found, value, origin, state))

    async def read(self, task: Task, resource_id: str, state: Properties, inputs: Properties) -> Found | None:
        place, name = await parse_id(task, resource_id, named=True)
        found = await self._find(task, place, name, missing_folder_is_fine=True)
        if found is None:
            return None
        declared = stored_form(inputs.text("value")) if "value" in inputs else found.value
        read = {
            **inputs,
            "projectId": place.project_id,
            "environment": place.environment,
            "path": place.path,
            "name": name,
        }
        read.setdefault("deleteWithResource", False)
        read.setdefault("value", found.value)
        outputs = self._outputs(found, declared, state.text("origin", "adopted"), state)
        # An engine shows of a refresh what the next update would change: this is to be told though it changes nothing.
        if state and outputs["fingerprint"] != state.text("fingerprint"):
            now = "is the declared one again" if outputs["inSync"] else "differs from the declared one"
            await task.warn(
                f"the secret {name} at {place} was changed in Infisical: its value {now}. It is left as it is; to set "
                "the declared value, change `rotation`."
            )
        return Found(id_of(place, name), outputs, read)

    async def lost(self, task: Task, resource_id: str, state: Properties) -> str | None:
        found = await self._find(task, place_of(state), state.text("name"), missing_folder_is_fine=True)
        return None if found else "secretId"

    async def delete(self, task: Task, resource_id: str, state: Properties) -> None:
        place, name = place_of(state), state.text("name")
        if not state.flag("deleteWithResource"):
            await task.status("stays in Infisical: only the stack forgets it")
            return
        await delete_secret(task.session, place, name)
        task.secrets.deleted(place, name)

    async def _find(
        self, task: Task, place: Place, name: str, *, missing_folder_is_fine: bool = False
    ) -> StoredSecret | None:
        try:
            return await task.secrets.find(place, name)
        except NotFound as error:
            if missing_folder_is_fine:
                return None
            message = (
                f"the secret {name} has no place: {error.reason} Declare the folder {place} with `infisical.Folder`, "
                "and let the secret depend on it."
            )
            raise Blocked(message) from error

    async def _seed(self, task: Task, place: Place, name: str, value: str) -> tuple[StoredSecret, str]:
        try:
            made = await create_secret(task.session, place, name, value)
        except Refused as error:
            task.secrets.forget(place)
            found = await self._find(task, place, name) if error.exists_already else None
            if found is None:
                raise
            return found, "adopted"
        task.secrets.wrote(place, made)
        return made, "seeded"

    async def _rotate(self, task: Task, place: Place, found: StoredSecret, value: str) -> StoredSecret:
        if hmac.compare_digest(found.value.encode(), value.encode()):
            return found
        changed = await update_secret(task.session, place, found.name, value)
        task.secrets.wrote(place, changed)
        return changed

    def _outputs(self, found: StoredSecret, declared: str, origin: str, state: Properties) -> dict[str, Any]:
        return {
            "secretId": found.id,
            "secretVersion": float(found.version),
            "origin": origin,
            "inSync": hmac.compare_digest(found.value.encode(), declared.encode()),
            "fingerprint": fingerprint(found.value, state.text("fingerprint")),
        }
