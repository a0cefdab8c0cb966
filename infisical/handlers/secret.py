"""Secret: seeded once, then Infisical's: its value changes only when it is rotated."""

from __future__ import annotations

import datetime
import hmac
from typing import Any

from infisical.api.errors import Blocked, NotFound, Refused
from infisical.api.folders import Place
from infisical.api.secrets import StoredSecret, create_secret, delete_secret, stored_form, update_secret
from infisical.handlers import allowed, delivered_with, kept_value, marker
from infisical.handlers.change_command import run_change_command
from infisical.handlers.fields import Change, Field
from infisical.handlers.fingerprint import fingerprint
from infisical.handlers.kept_value import HOLD, REFUSE
from infisical.handlers.kind import Found, Kind, Made, Task
from infisical.handlers.places import id_of, parse_id, place_of
from infisical.handlers.properties import Properties, is_known

KEEP, SET = "keep", "set"


class Secret(Kind):
    name = "Secret"
    doc = (
        "A secret that is created if it is missing, adopted if it is present, and given its declared value again only "
        "when `trigger` changes, or the value itself where `onNewValue` says so. What somebody changed in Infisical "
        "is reported by a refresh, not overwritten; what somebody deleted there is seeded again. Deleting it keeps it "
        "in Infisical, unless `deleteWithResource`."
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
        Field(
            name="trigger",
            type="text",
            differs=marker.moved,
            stays=True,
            doc="any text; another one sets the declared value",
        ),
        Field(
            name="onNewValue",
            type="text",
            default=KEEP,
            change=Change.NOTHING,
            allowed=lambda text: None if text in (KEEP, SET, REFUSE, HOLD) else f"{KEEP}, {SET}, {REFUSE} or {HOLD}",
            doc=f"what another `value` does: {KEEP} leaves Infisical's, {SET} sets it, {REFUSE} is an error, and so is "
            f"{HOLD} once Infisical's is lost",
        ),
        Field(
            name="changeCommand",
            type="text",
            change=Change.NOTHING,
            allowed=allowed.not_empty,
            doc="a shell command to run before another value is set, with NEW_VALUE and OLD_VALUE in its environment",
        ),
        delivered_with.FIELD,
        Field(
            name="rotateWith",
            type="text",
            change=Change.NOTHING,
            doc="the command that changes `trigger`, for messages",
        ),
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
        "deliveryTrigger": "which version of which secret was set last by a rotation; empty before the first one",
        "changedOn": "the date of Infisical's value, YYYY-MM-DD",
        "inSync": "whether Infisical's value was the declared one when it was last looked at",
        "fingerprint": "a keyed hash of Infisical's value when it was last looked at",
    }
    secret_outputs = frozenset({"fingerprint"})

    def changed(self, old: Properties, new: Properties) -> list[Field]:
        fields = super().changed(old, new)
        if _sets_new_value(old, new):
            fields += [field for field in self.fields if field.name == "value"]
        return fields

    def renewed(self, old: Properties, new: Properties) -> frozenset[str]:
        if new.text("onNewValue") == REFUSE and kept_value.is_another(old, new):
            message = (
                f"{new.text('name')} must never change, and the stack config gives another value than the one that is "
                "in use. Nothing was changed. Remove the value from the stack config, or give the one in use."
            )
            raise Blocked(message)
        if not _asks_for_rotation(old, new):
            return frozenset()
        # Where Infisical's is another one, set by hand or adopted, setting the declared value is a rotation.
        if new.text("onNewValue") == SET and old.get("value") == new.get("value") and old.get("inSync") is not False:
            message = (
                f"the rotation of {new.text('name')} is asked for, and the value that the stack config gives is still "
                "the one that it had. Set a new one, or remove it from the stack config where one is to be generated; "
                "then run `pulumi up`."
            )
            raise Blocked(message)
        return frozenset(self.outputs) - {"secretId"}

    def announcement(self, old: Properties, new: Properties) -> str:
        if not _asks_for_rotation(old, new):
            return ""
        command = ", after the command that changes it where it is used" if new.text("changeCommand") else ""
        return f"{new.text('name')} gets a new value{command}"

    async def admit(self, task: Task, old: Properties, new: Properties) -> None:
        await kept_value.admit_seeding(task, old, new)
        if not old or not _asks_for_rotation(old, new):
            return
        if absent := await delivered_with.absent(task, new):
            lines = [
                f"the rotation of {new.text('name')} is not begun, since its new value would reach no app: the "
                "operator delivers an app's keys together, and these are not in Infisical yet:",
                *absent,
                "Nothing was changed. Then run `pulumi up`.",
            ]
            raise Blocked("\n".join(lines))

    async def ensure(self, task: Task, inputs: Properties, state: Properties) -> Made:
        await self.admit(task, state, inputs)
        place, name, value = place_of(inputs), inputs.text("name"), stored_form(inputs.text("value"))
        found, rotated = await self._find(task, place, name), state.text("deliveryTrigger")
        asked = bool(state) and _asks_for_rotation(state, inputs)
        if found is None:
            if kept_value.is_another(state, inputs):
                raise Blocked(kept_value.lost(place, name))
            found, origin = await self._seed(task, place, name, value)
        elif asked:
            found, origin = await self._rotate(task, place, found, value, inputs.text("changeCommand")), "rotated"
        else:
            origin = state.text("origin", "adopted")
            if not state and inputs.text("onNewValue") == SET and found.value != value:
                await task.warn(
                    f"the secret {name} was at {place} already, with another value than the declared one. It is left "
                    f"as it is{_setting_it(inputs)}."
                )
        if asked and (found.id, found.version) != (state.text("secretId"), state.number("secretVersion")):
            # By this run, or by one that ended before its state was written. A secret that was deleted meanwhile
            # begins with version 1 again, and its id tells this one from an earlier rotation's.
            rotated = f"{found.version} of {found.id}"
        return Made(id_of(place, name), self._outputs(found, value, state, origin=origin, rotated=rotated))

    async def read(self, task: Task, resource_id: str, state: Properties, inputs: Properties) -> Found | None:
        place, name = await parse_id(task, resource_id, named=True)
        found = await task.secrets.seek(place, name)
        if found is None and kept_value.is_another(state, inputs):
            # Forgotten by the stack, it would be made as a new one, and seeded with the other value.
            await task.warn(kept_value.lost(place, name))
            return Found(resource_id, {output: state.get(output) for output in self.outputs}, dict(inputs))
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
        origin, rotated = state.text("origin", "adopted"), state.text("deliveryTrigger")
        outputs = self._outputs(found, declared, state, origin=origin, rotated=rotated)
        # An engine shows of a refresh what the next update would change: this is to be told though it changes nothing.
        if state and outputs["fingerprint"] != state.text("fingerprint"):
            now = "is the declared one again" if outputs["inSync"] else "differs from the declared one"
            await task.warn(
                f"the secret {name} at {place} was changed in Infisical: its value {now}. It is left as it is"
                f"{'' if outputs['inSync'] else _setting_it(inputs)}."
            )
        return Found(id_of(place, name), outputs, read)

    async def lost(self, task: Task, resource_id: str, state: Properties) -> str | None:
        found = await task.secrets.seek(place_of(state), state.text("name"))
        return None if found else "secretId"

    async def delete(self, task: Task, resource_id: str, state: Properties) -> None:
        place, name = place_of(state), state.text("name")
        if not state.flag("deleteWithResource"):
            await task.status("stays in Infisical: only the stack forgets it")
            return
        await delete_secret(task.session, place, name)
        task.secrets.deleted(place, name)

    async def _find(self, task: Task, place: Place, name: str) -> StoredSecret | None:
        try:
            return await task.secrets.find(place, name)
        except NotFound as error:
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

    async def _rotate(
        self, task: Task, place: Place, found: StoredSecret, value: str, change_command: str
    ) -> StoredSecret:
        if hmac.compare_digest(found.value.encode(), value.encode()):
            return found
        if change_command:
            await task.status(f"runs the command that changes {found.name} where it is used")
            await run_change_command(f"{found.name} at {place}", change_command, found.value, value)
        changed = await update_secret(task.session, place, found.name, value)
        task.secrets.wrote(place, changed)
        return changed

    def _outputs(
        self, found: StoredSecret, declared: str, state: Properties, *, origin: str, rotated: str
    ) -> dict[str, Any]:
        seen = fingerprint(found.value, state.text("fingerprint"))
        # The server's date is also that of a comment; while the value stays, so does its date.
        same = seen == state.text("fingerprint") and state.text("changedOn")
        today = datetime.datetime.now(datetime.UTC).date().isoformat()
        return {
            "secretId": found.id,
            "secretVersion": float(found.version),
            "origin": origin,
            "deliveryTrigger": rotated,
            "changedOn": same or found.changed or today,
            "inSync": hmac.compare_digest(found.value.encode(), declared.encode()),
            "fingerprint": seen,
        }


def _setting_it(inputs: Properties) -> str:
    if inputs.text("onNewValue") in (REFUSE, HOLD):
        return ""
    if command := inputs.text("rotateWith"):
        return f"; to replace it, run `{command}`, then `pulumi up`"
    return "; to set the declared value, change `trigger`"


def _asks_for_rotation(old: Properties, new: Properties) -> bool:
    if marker.moved(old.get("trigger"), new.get("trigger")):
        return True
    return _sets_new_value(old, new)


def _sets_new_value(old: Properties, new: Properties) -> bool:
    """An imported secret says nothing of new values yet; taking that up changes nothing."""
    if new.text("onNewValue") != SET or "onNewValue" not in old or "value" not in old:
        return False
    return not is_known(new.get("value")) or old.get("value") != new.get("value")
