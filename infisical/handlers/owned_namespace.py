"""OwnedNamespace: deletes a namespace that the program made, once nothing is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from infisical import rules
from infisical.api.errors import Blocked
from infisical.handlers.base.fields import Change, Field
from infisical.handlers.base.handler import Applied, Found, Handler, Operation
from infisical.ownership.managers import is_managed_by, managers
from infisical.properties import Properties

if TYPE_CHECKING:
    from tooling.kubernetes.connection import Object

TIMEOUT_SECONDS: Final = 300.0
POLL_SECONDS: Final = 0.5
FIRST_POLL_SECONDS: Final = 0.1
_SHOWN: Final = 10
"""How many objects a message lists."""


class OwnedNamespace(Handler):
    name = "OwnedNamespace"
    no_import = "it deletes only what the program made"
    doc = (
        "Owns the deletion of a namespace that the program makes. Deleting it deletes the namespace if the program "
        "made it and it contains nothing; otherwise the namespace is kept."
    )
    needs_server = False
    fields = (
        Field(
            name="name",
            type="string",
            required=True,
            change=Change.REPLACE,
            rule=rules.not_empty,
            doc="the namespace's name",
        ),
        Field(
            name="manager",
            type="string",
            required=True,
            change=Change.NOTHING,
            rule=rules.not_empty,
            doc="the field manager that marks what the program made",
        ),
        Field(
            name="timeoutSeconds",
            type="number",
            default=TIMEOUT_SECONDS,
            change=Change.NOTHING,
            rule=rules.seconds,
            doc="how long to wait until the namespace is deleted",
        ),
    )
    outputs = {}  # noqa: RUF012

    async def precheck(self, operation: Operation, old: Properties, new: Properties) -> None:
        """:raises Blocked: somebody else made the namespace"""
        namespace = new.string("name")
        found = await self._get(operation, namespace)
        if found is not None and not _is_ending(found) and not is_managed_by(found["metadata"], new.string("manager")):
            message = (
                f"The namespace {namespace} exists ({_managed(found)}), and this program did not make it. Nothing was "
                "changed. Write `createNamespace: false` for its app, then run `pulumi up`."
            )
            raise Blocked(message)

    async def ensure(self, operation: Operation, inputs: Properties, state: Properties) -> Applied:
        if not state:
            longest = inputs.number("timeoutSeconds", TIMEOUT_SECONDS)
            if (found := await self._get(operation, inputs.string("name"))) and _is_ending(found):
                await self._until_gone(operation, found, longest)
            await self.precheck(operation, state, inputs)
        return Applied(inputs.string("name"), {})

    async def read(self, operation: Operation, resource_id: str, state: Properties, inputs: Properties) -> Found | None:
        return Found(resource_id, {}, dict(inputs))

    async def lost(self, operation: Operation, resource_id: str, state: Properties) -> str | None:
        return None

    async def delete(self, operation: Operation, resource_id: str, state: Properties) -> None:
        namespace = state.string("name")
        found = await self._get(operation, namespace)
        if found is None:
            return
        if not is_managed_by(found["metadata"], state.string("manager")):
            await operation.info(f"Kept the namespace {namespace} ({_managed(found)}): this program did not make it.")
            return
        left = await operation.contents.of(namespace, operation.cluster.connection)
        if left:
            await operation.info(
                f"Kept the namespace {namespace}, because it is not empty: {_listed(left)}. This program no longer "
                f"manages it. To delete it with everything in it, run `kubectl delete namespace {namespace}`."
            )
            return
        await operation.cluster.connection.delete(_path(namespace), found["metadata"]["uid"])
        await self._until_gone(operation, found, state.number("timeoutSeconds", TIMEOUT_SECONDS))

    async def _until_gone(self, operation: Operation, found: Object, longest: float) -> None:
        namespace, uid = found["metadata"]["name"], found["metadata"]["uid"]
        clock = operation.session.server.clock
        began = clock.now()
        while (left := await self._get(operation, namespace)) and left["metadata"]["uid"] == uid:
            waited = clock.now() - began
            if waited >= longest:
                message = (
                    f"The namespace {namespace} is still being deleted after {longest:.0f} s. Check `kubectl get "
                    f"namespace {namespace} -o yaml`: its conditions name what is left. Then run `pulumi up`."
                )
                raise Blocked(message)
            await operation.status(f"waiting until the namespace {namespace} is deleted")
            await clock.sleep(min(FIRST_POLL_SECONDS + waited / 2, POLL_SECONDS))

    async def _get(self, operation: Operation, namespace: str) -> Object | None:
        return await operation.cluster.connection.get(_path(namespace))


def _path(namespace: str) -> str:
    return f"/api/v1/namespaces/{namespace}"


def _is_ending(found: Object) -> bool:
    return "deletionTimestamp" in found["metadata"]


def _managed(found: Object) -> str:
    return f"managed by {', '.join(managers(found['metadata'])) or 'no field manager'}"


def _listed(names: list[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
