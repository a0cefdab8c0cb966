"""Secret: seeded once; afterwards its value changes only by a rotation."""

from __future__ import annotations

import datetime
import hmac
from typing import Any

from infisical.api.errors import Blocked, NotFound, Refused
from infisical.api.folders import Location
from infisical.api.marks import other_stack
from infisical.api.secrets import StoredSecret, create_secret, delete_secret, update_secret
from infisical.handlers.base import triggers
from infisical.handlers.base.fields import Field
from infisical.handlers.base.handler import ADOPTED, Applied, Found, Handler, Operation
from infisical.handlers.base.ids import id_of, location_of, parse_id
from infisical.handlers.secret import app_copies, delivered_with, immutable
from infisical.handlers.secret.change_command import TIMEOUT_SECONDS, run_change_command
from infisical.handlers.secret.comment import commented
from infisical.handlers.secret.fingerprint import fingerprint
from infisical.handlers.secret.first_value import SEEDED, FirstValue, first_value, is_moved
from infisical.handlers.secret.immutable import HOLD, REFUSE
from infisical.handlers.secret.inputs import INPUTS, OUTPUTS, SET
from infisical.handlers.secret.owner import notice, other_owner, refusal
from infisical.properties import Properties, is_known
from infisical.rules import stored_form


class Secret(Handler):
    name = "Secret"
    doc = (
        "A secret that is created if it is missing, and adopted if it exists. A value that an app's Secret holds is "
        "seeded instead of the declared one. At a new place it keeps its value. It gets its declared value again only "
        "when `trigger` changes, or the value itself if `onNewValue` says so. A refresh reports a value that was "
        "changed in Infisical and keeps it; a secret that was deleted there is seeded again. Deleting the resource "
        "keeps the secret in Infisical, unless `deleteWithResource` is true."
    )
    fields = INPUTS
    outputs = OUTPUTS
    secret_outputs = frozenset({"fingerprint"})

    def changed(self, old: Properties, new: Properties) -> list[Field]:
        fields = super().changed(old, new)
        if not old.get("value") and not new.get("value") and old.mapping("deliveredTo") != new.mapping("deliveredTo"):
            # An app that came later may hold the missing value.
            fields.append(app_copies.FIELD)
        if _sets_new_value(old, new) or _gets_value(old, new):
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
        if _gets_value(old, new):
            return frozenset(self.outputs)
        if not _asks_for_rotation(old, new):
            return frozenset({"secretId", "secretVersion", "origin"} if is_moved(old, new) else ())
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

    async def forecast(self, operation: Operation, old: Properties, new: Properties) -> str:
        first = await first_value(operation, old, new)
        owner = "" if first or old else await other_owner(operation, new)
        return first.forecast if first else notice(new.string("name"), owner) if owner else ""

    async def precheck(self, operation: Operation, old: Properties, new: Properties) -> None:
        await first_value(operation, old, new)
        if not old or not _asks_for_rotation(old, new):
            return
        # What this stack created is its own, also after the stack was renamed.
        owner = await other_owner(operation, new) if old.string("origin", ADOPTED) == ADOPTED else ""
        if owner:
            raise Blocked(refusal(new.string("name"), owner))
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
        location, name = location_of(inputs), inputs.string("name")
        found, rotated = await self._find(operation, location, name), state.string("deliveryTrigger")
        first = await first_value(operation, state, inputs) if found is None else None
        asked = bool(state) and _asks_for_rotation(state, inputs)
        origin = state.string("origin", "adopted").replace("missing", "adopted")
        if first:
            if first.value is None:
                return Applied(id_of(location, name), _missing())
            found, origin = await self._seed(operation, location, name, first, inputs.string("comment"))
        assert found
        if not state and (owner := other_stack(found.mark, operation.mark)):
            await operation.info(notice(name, owner))
        declared = stored_form(inputs.string("value")) if inputs.get("value") is not None else found.value
        if asked and not (first and origin == SEEDED):
            found = await self._rotate(operation, location, found, declared, inputs)
            origin = "rotated"
        elif not first and found.value != declared and _is_first_declared(state, inputs):
            await operation.warn(
                f"Secret {name} already exists at {location}, and its value differs from the declared one. "
                f"Infisical's value is kept{_setting_it(inputs)}."
            )
        if asked and (found.id, found.version) != (state.string("secretId"), state.number("secretVersion")):
            # By this run, or by one that ended before its state was written. The ID is needed because a secret
            # that was deleted and recreated starts with version 1 again.
            rotated = f"{found.version} of {found.id}"
        found = await commented(operation, location, found, inputs.string("comment"), state.string("comment"))
        return Applied(id_of(location, name), self._outputs(found, declared, state, origin=origin, rotated=rotated))

    async def read(self, operation: Operation, resource_id: str, state: Properties, inputs: Properties) -> Found | None:
        # The ID is the place of the creation, and a state also knows later ones.
        known = (location_of(state), state.string("name")) if state.string("name") else None
        location, name = known or await parse_id(operation, resource_id, named=True)
        found = await operation.secrets.lookup(location, name)
        if found is None and state and (not state.string("secretId") or _is_needed(state, inputs)):
            # Removed from the state, it would be created again as if it had never had another value.
            if immutable.differs(state, inputs) and not inputs.mapping("deliveredTo"):
                await operation.warn(immutable.lost(location, name))
            elif state.string("secretId"):
                await operation.warn(
                    f"Secret {name} at {location} was deleted in Infisical. `pulumi up` seeds the value that an app's "
                    "Secret holds, or else the declared one."
                )
            return Found(resource_id, {output: state.get(output) for output in self.outputs}, dict(inputs))
        if found is None:
            return None
        declared = stored_form(inputs.string("value")) if inputs.get("value") is not None else found.value
        read = {
            **inputs,
            "projectId": location.project_id,
            "environment": location.environment,
            "path": location.path,
            "name": name,
        }
        read.setdefault("deleteWithResource", False)
        if not state:
            read.setdefault("value", found.value)
        origin, rotated = state.string("origin", "adopted"), state.string("deliveryTrigger")
        outputs = self._outputs(found, declared, state, origin=origin, rotated=rotated)
        # The engine shows only what the next update would change, and this changes nothing.
        if state.string("fingerprint") and outputs["fingerprint"] != state.string("fingerprint"):
            now = "equals the declared one again" if outputs["inSync"] else "differs from the declared one"
            await operation.warn(
                f"Secret {name} at {location} was changed in Infisical: its value {now}. Infisical's value is kept"
                f"{'' if outputs['inSync'] else _setting_it(inputs)}."
            )
        return Found(id_of(location, name), outputs, read)

    async def lost(self, operation: Operation, resource_id: str, state: Properties) -> str | None:
        found = await operation.secrets.lookup(location_of(state), state.string("name"))
        return None if bool(found) == bool(state.string("secretId")) else "secretId"

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

    async def _seed(
        self, operation: Operation, location: Location, name: str, first: FirstValue, comment: str
    ) -> tuple[StoredSecret, str]:
        try:
            made = await create_secret(operation.session, location, name, first.value or "", operation.mark, comment)
        except Refused as error:
            operation.secrets.forget(location)
            found = await self._find(operation, location, name) if error.exists_already else None
            if found is None:
                raise
            return found, "adopted"
        operation.secrets.wrote(location, made)
        if first.done:
            await (operation.warn if first.warns else operation.info)(first.done)
        return made, first.origin

    async def _rotate(
        self, operation: Operation, location: Location, found: StoredSecret, value: str, inputs: Properties
    ) -> StoredSecret:
        if hmac.compare_digest(found.value.encode(), value.encode()):
            return found
        if change_command := inputs.string("changeCommand"):
            await operation.status(f"running the change command of {found.name}")
            longest = inputs.number("commandSeconds", TIMEOUT_SECONDS)
            await run_change_command(f"{found.name} at {location}", change_command, found.value, value, longest)
        changed = await update_secret(operation.session, location, found, value)
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


def _missing() -> dict[str, Any]:
    """The outputs of a secret that has no value yet."""
    texts = dict.fromkeys(("secretId", "deliveryTrigger", "changedOn", "fingerprint"), "")
    return {**texts, "secretVersion": 0.0, "origin": "missing", "inSync": True}


def _is_needed(state: Properties, inputs: Properties) -> bool:
    return bool(inputs.mapping("deliveredTo")) or immutable.differs(state, inputs)


def _gets_value(old: Properties, new: Properties) -> bool:
    """Whether a secret that was declared without a value now has one. An imported one had a value."""
    return "onNewValue" in old and old.get("value") is None and new.get("value") is not None


def _is_first_declared(state: Properties, inputs: Properties) -> bool:
    return inputs.string("onNewValue") == SET and (not state or _gets_value(state, inputs))


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
