"""The provider: each of the engine's questions handed to the kind that it is about."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping
from contextlib import suppress
from contextvars import ContextVar
from typing import Any, Final, TypeVar

import httpx2
from pulumi.provider.experimental import provider as sdk

from infisical.api.clock import Clock
from infisical.api.errors import Blocked, InfisicalError, Unreachable
from infisical.api.secret_cache import SecretCache
from infisical.api.server import Server, in_a_hurry
from infisical.api.session import Session
from infisical.delivery.site import Site
from infisical.handlers.fields import Change
from infisical.handlers.kind import Kind, Log, Made, Task
from infisical.handlers.properties import UNKNOWN, Properties, is_known
from infisical.handlers.registry import KINDS
from infisical.server.configuration import login, problems
from infisical.server.differences import response
from infisical.server.schema import schema
from infisical.server.values import Values, properties, wrapped, wrapped_all

OLD_INPUTS: Final[ContextVar[Values | None]] = ContextVar("old_inputs", default=None)
"""The old inputs of the diff or update that is asked for: the engine sends them, the SDK's requests leave them out."""

T = TypeVar("T")


class InfisicalProvider(sdk.Provider):
    """
    One server and one login for all resources, so that neither stands in their states.

    The first call logs in; nothing is sent before. A preview sends no call that writes.
    """

    def __init__(
        self, log: Log, clock: Clock | None = None, transport: httpx2.AsyncBaseTransport | None = None
    ) -> None:
        self._log = log
        self._clock = clock
        self._transport = transport
        self._session: Session | None = None
        self._secrets: SecretCache | None = None
        self._site: Site | None = None
        self._warned: set[str] = set()
        self._running: set[asyncio.Task[Any]] = set()
        self._made: set[tuple[str, ...]] = set()

    async def close(self) -> None:
        if self._session:
            await self._session.server.close()
        if self._site:
            await self._site.close()

    async def cancel(self) -> None:
        for running in self._running:
            running.cancel()

    async def get_schema(self, request: sdk.GetSchemaRequest) -> sdk.GetSchemaResponse:
        return sdk.GetSchemaResponse(schema())

    async def check_config(self, request: sdk.CheckRequest) -> sdk.CheckResponse:
        found = [sdk.CheckFailure(it.field, it.reason) for it in problems(properties(request.new_inputs))]
        return sdk.CheckResponse(inputs=request.new_inputs, failures=found)

    async def configure(self, request: sdk.ConfigureRequest) -> sdk.ConfigureResponse:
        configuration = properties(request.args)
        if is_known(dict(configuration)):
            server = Server(configuration.text("url"), self._clock, self._transport)
            self._session = Session(server, login(configuration))
            self._secrets = SecretCache(self._session)
            self._site = Site(self._session, configuration.text("kubeconfig"), configuration.text("context"))
        # Output values within others are a form that the SDK's own reader stumbles over.
        return sdk.ConfigureResponse(accept_secrets=True, supports_preview=True, accept_outputs=False)

    async def check(self, request: sdk.CheckRequest) -> sdk.CheckResponse:
        kind = _kind(_type_of(request.urn))
        inputs = dict(request.new_inputs)
        for field in kind.fields:
            earlier = request.old_inputs.get(field.name)
            if field.stays and earlier and not (inputs.get(field.name) and inputs[field.name].value):
                inputs[field.name] = earlier
            if field.default is not None and (field.name not in inputs or inputs[field.name].value is None):
                inputs[field.name] = wrapped(field.default)
            if field.secret and field.name in inputs:
                inputs[field.name] = inputs[field.name].with_secret(True)
        found = [sdk.CheckFailure(it.field, it.reason) for it in kind.check(properties(inputs))]
        return sdk.CheckResponse(inputs=inputs, failures=found)

    async def diff(self, request: sdk.DiffRequest) -> sdk.DiffResponse:
        kind, state, new = _kind(_type_of(request.urn)), properties(request.old_state), properties(request.new_inputs)
        old = properties(OLD_INPUTS.get() or request.old_state)
        changed = kind.changed(old, new)
        before = Properties({**state, **old})
        kind.renewed(before, new)
        if any(field.change is Change.REPLACE for field in changed):
            # What is made in its place is told nothing of it.
            await self._admit(kind, request.urn, before, new)
        lost = await self._lost(kind, request.urn, request.resource_id, state)
        return response(changed, old, new, lost, kind.renewed_when_lost)

    async def create(self, request: sdk.CreateRequest) -> sdk.CreateResponse:
        kind, inputs = _kind(_type_of(request.urn)), properties(request.properties)
        if request.preview:
            await self._admit_if_answered(kind, request.urn, Properties(), inputs)
            return sdk.CreateResponse("", self._state(kind, inputs, dict.fromkeys(kind.outputs, UNKNOWN)))
        made = await self._ensure(kind, request.urn, inputs, Properties())
        self._made.add(_thing(kind, made.id, made.outputs))
        return sdk.CreateResponse(made.id, self._state(kind, inputs, made.outputs))

    async def update(self, request: sdk.UpdateRequest) -> sdk.UpdateResponse:
        kind, inputs, state = _kind(_type_of(request.urn)), properties(request.news), properties(request.olds)
        # The inputs of an import, and those whose change was no change, are not in the outputs.
        before = Properties({**state, **properties(OLD_INPUTS.get() or {})})
        if request.preview:
            lost = await self._lost(kind, request.urn, request.resource_id, state)
            renewed = frozenset(kind.outputs) if lost else kind.renewed(before, inputs)
            await self._admit_if_answered(kind, request.urn, before, inputs)
            if announcement := kind.announcement(before, inputs):
                await self._log.info(announcement, request.urn)
            outputs = {name: UNKNOWN if name in renewed else state.get(name) for name in kind.outputs}
            return sdk.UpdateResponse(self._state(kind, inputs, outputs))
        made = await self._ensure(kind, request.urn, inputs, before)
        return sdk.UpdateResponse(self._state(kind, inputs, made.outputs))

    async def read(self, request: sdk.ReadRequest) -> sdk.ReadResponse:
        kind, state = _kind(_type_of(request.urn)), properties(request.properties)
        reading = kind.read(self._task(request.urn), request.resource_id, state, properties(request.inputs))
        try:
            found = await self._interruptible(reading)
        except Unreachable as error:
            if not state:
                raise
            # A refresh must go on to what else is lost: where the whole cluster is, the server is one of the things
            # that the update after it brings back.
            await self._warn_once(f"it is taken to be as it was, since it could not be looked at. {error}", request.urn)
            return sdk.ReadResponse(request.resource_id, request.properties, request.inputs)
        if found is None:
            return sdk.ReadResponse("")
        secret = {field.name for field in kind.fields if field.secret}
        inputs = Properties(found.inputs)
        shown = _as_in_state(kind, state, inputs) if state else inputs
        return sdk.ReadResponse(found.id, self._state(kind, shown, found.outputs), wrapped_all(inputs, secret))

    async def delete(self, request: sdk.DeleteRequest) -> None:
        kind, state = _kind(_type_of(request.urn)), properties(request.properties)
        # Making adopts what is there. So a replacement, or a resource under a new name, can be the very thing whose
        # old record the engine now wants to be rid of.
        if _thing(kind, request.resource_id, state) in self._made:
            await self._log.info("stays on the server: another resource of this stack has taken it over", request.urn)
            return
        await self._interruptible(kind.delete(self._task(request.urn), request.resource_id, state))

    async def _ensure(self, kind: Kind, urn: str, inputs: Properties, state: Properties) -> Made:
        task = self._task(urn)
        try:
            return await self._interruptible(kind.ensure(task, inputs, state))
        except Unreachable as error:
            if not error.executed:
                raise
        # The answer was lost, the call perhaps not: making finds what is there, so it can be done again.
        return await self._interruptible(kind.ensure(task, inputs, state))

    async def _lost(self, kind: Kind, urn: str, resource_id: str, state: Properties) -> str | None:
        """
        What is gone from the server, by asking it.

        A server that cannot be asked has lost nothing but proofs: an update may be what brings it back.
        """
        if self._session is None:
            return None
        try:
            with in_a_hurry():
                return await self._interruptible(kind.lost(self._task(urn), resource_id, state))
        except InfisicalError as error:
            await self._warn_once(f"whether it is still as it was made was not looked at. {error}", urn)
            return kind.doubted

    async def _warn_once(self, cause: str, urn: str) -> None:
        """One server that does not answer is one warning, however many resources are looked for there."""
        if cause not in self._warned:
            self._warned.add(cause)
            await self._log.warning(cause, urn)

    async def _admit_if_answered(self, kind: Kind, urn: str, old: Properties, new: Properties) -> None:
        """In a preview: what cannot be asked now refuses nothing; the update asks again."""
        with suppress(Unreachable), in_a_hurry():
            await self._admit(kind, urn, old, new)

    async def _admit(self, kind: Kind, urn: str, old: Properties, new: Properties) -> None:
        if self._session is not None:
            await self._interruptible(kind.admit(self._task(urn), old, new))

    async def _interruptible(self, work: Awaitable[T]) -> T:
        """The work's result; `cancel` ends it."""
        running = asyncio.ensure_future(work)
        self._running.add(running)
        running.add_done_callback(self._running.discard)
        return await running

    def _task(self, urn: str) -> Task:
        if self._session is None or self._secrets is None or self._site is None:
            raise Blocked("the infisical provider is not configured: its url or login is not known yet")
        return Task(self._session, self._secrets, self._log, urn, self._site)

    @staticmethod
    def _state(kind: Kind, inputs: Properties, outputs: dict[str, Any]) -> Values:
        secret = {field.name for field in kind.fields if field.secret}
        shown = {key: value for key, value in inputs.items() if key not in secret}
        return wrapped_all(shown | outputs, kind.secret_outputs)


def _thing(kind: Kind, resource_id: str, outputs: Mapping[str, Any]) -> tuple[str, ...]:
    """Which thing on the server a resource is: by its id, and by the server's own one where that is a name."""
    return (kind.name, resource_id, *(str(outputs.get(name)) for name in kind.told_apart_by))


def _as_in_state(kind: Kind, state: Properties, inputs: Properties) -> Properties:
    """
    The inputs, but as the state has those whose change means nothing: a marker that was taken away, a new timeout.

    An update that was none has left them there, and a refresh must not tell of them as of drift.
    """
    changed = {field.name for field in kind.changed(state, inputs)}
    kept = {field.name for field in kind.fields if field.name not in changed}
    as_they_are = {name: value for name, value in inputs.items() if name not in kept}
    return Properties(as_they_are | {name: state[name] for name in kept if name in state})


def _kind(type_token: str) -> Kind:
    kind = KINDS.get(type_token)
    if kind is None:
        message = f"there is no resource {type_token!r}; there are: {', '.join(sorted(KINDS))}"
        raise Blocked(message)
    return kind


def _type_of(urn: str) -> str:
    # The type of a resource within a component starts with those of its parents.
    return urn.split("::")[2].rpartition("$")[2]
