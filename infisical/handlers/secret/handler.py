"""Secret: seeded once; afterwards its value changes only by a rotation."""

from __future__ import annotations

import datetime
import hmac
from typing import Any

from infisical import rules
from infisical.api.errors import Blocked, NotFound, Refused
from infisical.api.folders import Location
from infisical.api.secrets import StoredSecret, create_secret, delete_secret, update_secret
from infisical.handlers.base import triggers
from infisical.handlers.base.fields import Change, Field
from infisical.handlers.base.handler import Applied, Found, Handler, Operation
from infisical.handlers.base.ids import id_of, location_of, parse_id
from infisical.handlers.secret import delivered_with, immutable
from infisical.handlers.secret.change_command import TIMEOUT_SECONDS, run_change_command
from infisical.handlers.secret.fingerprint import fingerprint
from infisical.handlers.secret.immutable import HOLD, REFUSE
from infisical.properties import Properties, is_known
from infisical.rules import stored_form

KEEP, SET = "keep", "set"


class Secret(Handler):
    name = "Secret"
    doc = (
        "A secret that is created if it is missing, and adopted if it exists. It gets its declared value again only "
        "when `trigger` changes, or the value itself if `onNewValue` says so. A refresh reports a value that was "
        "changed in Infisical and keeps it; a secret that was deleted there is seeded again. Deleting the resource "
        "keeps the secret in Infisical, unless `deleteWithResource` is true."
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
            default="/",
            change=Change.REPLACE,
            rule=rules.folder_path,
            doc="the folder, which must exist",
        ),
        Field(
            name="name",
            type="string",
            required=True,
            change=Change.REPLACE,
            rule=rules.secret_name,
            doc="the secret's name",
        ),
        Field(
            name="value",
            type="string",
            required=True,
            secret=True,
            change=Change.NOTHING,
            doc="the value to seed, and to set on a rotation",
        ),
        Field(
            name="trigger",
            type="string",
            differs=triggers.fired,
            sticky=True,
            doc="any string; a new one sets the declared value",
        ),
        Field(
            name="onNewValue",
            type="string",
            default=KEEP,
            change=Change.NOTHING,
            rule=lambda text: None if text in (KEEP, SET, REFUSE, HOLD) else f"{KEEP}, {SET}, {REFUSE} or {HOLD}",
            doc=f"what a new `value` does: {KEEP} keeps Infisical's, {SET} sets it, {REFUSE} is an error, and {HOLD} "
            "keeps Infisical's but is an error once that is deleted",
        ),
        Field(
            name="changeCommand",
            type="string",
            change=Change.NOTHING,
            rule=rules.not_empty,
            doc="a shell command to run before a new value is set, with NEW_VALUE and OLD_VALUE in its environment",
        ),
        Field(
            name="commandSeconds",
            type="number",
            change=Change.NOTHING,
            rule=rules.seconds,
            doc=f"how long `changeCommand` may take; {TIMEOUT_SECONDS:.0f} by default",
        ),
        delivered_with.FIELD,
        Field(
            name="rotateWith",
            type="string",
            change=Change.NOTHING,
            doc="the command that changes `trigger`, for messages",
        ),
        Field(
            name="deleteWithResource",
            type="boolean",
            default=False,
            doc="whether deleting the resource deletes the secret in Infisical",
        ),
    )
    outputs = {  # noqa: RUF012
        "secretId": "the secret's id",
        "secretVersion": "Infisical's version of the value",
        "origin": "where the value came from: seeded, adopted or rotated",
        "deliveryTrigger": "the version and ID of the secret that the last rotation set; empty before the first one",
        "changedOn": "the date of Infisical's value, YYYY-MM-DD",
        "inSync": "whether Infisical's value was the declared one when it was last read",
        "fingerprint": "a keyed hash of Infisical's value when it was last read",
    }
    secret_outputs = frozenset({"fingerprint"})

    def changed(self, old: Properties, new: Properties) -> list[Field]:
        fields = super().changed(old, new)
        if _sets_new_value(old, new):
            fields += [field for field in self.fields if field.name == "value"]
        return fields

    def unknown_outputs(self, old: Properties, new: Properties) -> frozenset[str]:
        if new.string("onNewValue") == REFUSE and immutable.differs(old, new):
            message = (
                f"{new.string('name')} is immutable, and its value in the stack config differs from the one in use. "
                "Nothing was changed. Remove the value from the stack config, or set the one in use, then run "
                "`pulumi up`."
            )
            raise Blocked(message)
        if not _asks_for_rotation(old, new):
            return frozenset()
        # If Infisical's value differs, set by hand or adopted, then setting the declared value is a rotation.
        if new.string("onNewValue") == SET and old.get("value") == new.get("value") and old.get("inSync") is not False:
            message = (
                f"Cannot rotate {new.string('name')}: its value in the stack config is unchanged. Set a new value, or "
                "remove it from the stack config to have one generated. Then run `pulumi up`."
            )
            raise Blocked(message)
        return frozenset(self.outputs) - {"secretId"}

    def announcement(self, old: Properties, new: Properties) -> str:
        if not _asks_for_rotation(old, new):
            return ""
        command = ", after its change command has run" if new.string("changeCommand") else ""
        return f"{new.string('name')} gets a new value{command}"

    async def precheck(self, operation: Operation, old: Properties, new: Properties) -> None:
        await immutable.check_seeding(operation, old, new)
        if not old or not _asks_for_rotation(old, new):
            return
        if absent := await delivered_with.absent(operation, new):
            lines = [
                f"{new.string('name')} was not rotated: the new value cannot be delivered. The operator delivers an "
                "app's keys together, and these are missing in Infisical:",
                *absent,
                "Nothing was changed. Add them, then run `pulumi up`.",
            ]
            raise Blocked("\n".join(lines))

    async def ensure(self, operation: Operation, inputs: Properties, state: Properties) -> Applied:
        await self.precheck(operation, state, inputs)
        location, name, value = location_of(inputs), inputs.string("name"), stored_form(inputs.string("value"))
        found, rotated = await self._find(operation, location, name), state.string("deliveryTrigger")
        asked = bool(state) and _asks_for_rotation(state, inputs)
        if found is None:
            if immutable.differs(state, inputs):
                raise Blocked(immutable.lost(location, name))
            found, origin = await self._seed(operation, location, name, value)
        elif asked:
            found = await self._rotate(operation, location, found, value, inputs)
            origin = "rotated"
        else:
            origin = state.string("origin", "adopted")
            if not state and inputs.string("onNewValue") == SET and found.value != value:
                await operation.warn(
                    f"Secret {name} already exists at {location}, and its value differs from the declared one. "
                    f"Infisical's value is kept{_setting_it(inputs)}."
                )
        if asked and (found.id, found.version) != (state.string("secretId"), state.number("secretVersion")):
            # By this run, or by one that ended before its state was written. The ID is needed because a secret
            # that was deleted and recreated starts with version 1 again.
            rotated = f"{found.version} of {found.id}"
        return Applied(id_of(location, name), self._outputs(found, value, state, origin=origin, rotated=rotated))

    async def read(self, operation: Operation, resource_id: str, state: Properties, inputs: Properties) -> Found | None:
        location, name = await parse_id(operation, resource_id, named=True)
        found = await operation.secrets.lookup(location, name)
        if found is None and immutable.differs(state, inputs):
            # Removed from the state, it would be created again with the wrong value.
            await operation.warn(immutable.lost(location, name))
            return Found(resource_id, {output: state.get(output) for output in self.outputs}, dict(inputs))
        if found is None:
            return None
        declared = stored_form(inputs.string("value")) if "value" in inputs else found.value
        read = {
            **inputs,
            "projectId": location.project_id,
            "environment": location.environment,
            "path": location.path,
            "name": name,
        }
        read.setdefault("deleteWithResource", False)
        read.setdefault("value", found.value)
        origin, rotated = state.string("origin", "adopted"), state.string("deliveryTrigger")
        outputs = self._outputs(found, declared, state, origin=origin, rotated=rotated)
        # The engine shows only what the next update would change, and this changes nothing.
        if state and outputs["fingerprint"] != state.string("fingerprint"):
            now = "equals the declared one again" if outputs["inSync"] else "differs from the declared one"
            await operation.warn(
                f"Secret {name} at {location} was changed in Infisical: its value {now}. Infisical's value is kept"
                f"{'' if outputs['inSync'] else _setting_it(inputs)}."
            )
        return Found(id_of(location, name), outputs, read)

    async def lost(self, operation: Operation, resource_id: str, state: Properties) -> str | None:
        found = await operation.secrets.lookup(location_of(state), state.string("name"))
        return None if found else "secretId"

    async def delete(self, operation: Operation, resource_id: str, state: Properties) -> None:
        location, name = location_of(state), state.string("name")
        if not state.boolean("deleteWithResource"):
            await operation.status("kept in Infisical; only removed from the stack")
            return
        await delete_secret(operation.session, location, name)
        operation.secrets.deleted(location, name)

    async def _find(self, operation: Operation, location: Location, name: str) -> StoredSecret | None:
        try:
            return await operation.secrets.find(location, name)
        except NotFound as error:
            message = (
                f"Cannot seed secret {name}: folder {location} does not exist ({error.reason.rstrip('.')}). Declare it "
                "with `infisical.Folder`, let the secret depend on it, then run `pulumi up`."
            )
            raise Blocked(message) from error

    async def _seed(self, operation: Operation, location: Location, name: str, value: str) -> tuple[StoredSecret, str]:
        try:
            made = await create_secret(operation.session, location, name, value)
        except Refused as error:
            operation.secrets.forget(location)
            found = await self._find(operation, location, name) if error.exists_already else None
            if found is None:
                raise
            return found, "adopted"
        operation.secrets.wrote(location, made)
        return made, "seeded"

    async def _rotate(
        self, operation: Operation, location: Location, found: StoredSecret, value: str, inputs: Properties
    ) -> StoredSecret:
        if hmac.compare_digest(found.value.encode(), value.encode()):
            return found
        if change_command := inputs.string("changeCommand"):
            await operation.status(f"running the change command of {found.name}")
            longest = inputs.number("commandSeconds", TIMEOUT_SECONDS)
            await run_change_command(f"{found.name} at {location}", change_command, found.value, value, longest)
        changed = await update_secret(operation.session, location, found.name, value)
        operation.secrets.wrote(location, changed)
        return changed

    def _outputs(
        self, found: StoredSecret, declared: str, state: Properties, *, origin: str, rotated: str
    ) -> dict[str, Any]:
        current = fingerprint(found.value, state.string("fingerprint"))
        # The server's date also changes with a comment, so it is kept while the value is the same.
        same = current == state.string("fingerprint") and state.string("changedOn")
        today = datetime.datetime.now(datetime.UTC).date().isoformat()
        return {
            "secretId": found.id,
            "secretVersion": float(found.version),
            "origin": origin,
            "deliveryTrigger": rotated,
            "changedOn": same or found.changed or today,
            "inSync": hmac.compare_digest(found.value.encode(), declared.encode()),
            "fingerprint": current,
        }


def _setting_it(inputs: Properties) -> str:
    if inputs.string("onNewValue") in (REFUSE, HOLD):
        return ""
    if command := inputs.string("rotateWith"):
        return f"; to replace it, run `{command}`, then `pulumi up`"
    return "; to set the declared value, change `trigger`"


def _asks_for_rotation(old: Properties, new: Properties) -> bool:
    if triggers.fired(old.get("trigger"), new.get("trigger")):
        return True
    return _sets_new_value(old, new)


def _sets_new_value(old: Properties, new: Properties) -> bool:
    """An imported secret has no `onNewValue` yet; declaring one changes nothing."""
    if new.string("onNewValue") != SET or "onNewValue" not in old or "value" not in old:
        return False
    return not is_known(new.get("value")) or old.get("value") != new.get("value")
