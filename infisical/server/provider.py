"""The provider: hands each request of the engine to the handler of its resource."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping
from contextlib import suppress
from contextvars import ContextVar
from typing import Any, Final, TypeVar

import httpx2
from pulumi.provider.experimental import provider as sdk

from infisical.api.errors import Blocked, Unreachable, Unread
from infisical.api.http.clock import Clock
from infisical.api.http.server import Server, brief_calls
from infisical.api.http.session import Session
from infisical.api.secret_cache import SecretCache
from infisical.cluster import Cluster
from infisical.delivery.observer import Observer
from infisical.failures import FAILURES
from infisical.handlers.base.fields import Change
from infisical.handlers.base.handler import Applied, Handler, Log, Operation
from infisical.handlers.registry import HANDLERS
from infisical.properties import UNKNOWN, Properties, is_known
from infisical.server.configuration import login, problems
from infisical.server.differences import response
from infisical.server.schema import schema
from infisical.server.values import Values, properties, wrapped, wrapped_all

OLD_INPUTS: Final[ContextVar[Values | None]] = ContextVar("old_inputs", default=None)
"""The old inputs of the current diff or update: the engine sends them, but the SDK's requests omit them."""

T = TypeVar("T")


class InfisicalProvider(sdk.Provider):
    """
    One server and one login for all resources, so that their states contain neither.

    The first call logs in. A preview sends no call that writes.
    """

    def __init__(
        self, log: Log, clock: Clock | None = None, transport: httpx2.AsyncBaseTransport | None = None
    ) -> None:
        self._log = log
        self._clock = clock
        self._transport = transport
        self._session: Session | None = None
        self._secrets: SecretCache | None = None
        self._cluster: Cluster | None = None
        self._observer: Observer | None = None
        self._warned: set[str] = set()
        self._running: set[asyncio.Task[Any]] = set()
        self._made: set[tuple[str, ...]] = set()

    async def close(self) -> None:
        if self._session:
            await self._session.server.close()
        if self._cluster:
            await self._cluster.close()

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
            server = Server(configuration.string("url"), self._clock, self._transport)
            self._session = Session(server, login(configuration))
            self._secrets = SecretCache(self._session)
            self._cluster = Cluster(configuration.string("kubeconfig"), configuration.string("context"))
            self._observer = Observer(self._session, self._cluster)
        # The SDK cannot read nested output values.
        return sdk.ConfigureResponse(accept_secrets=True, supports_preview=True, accept_outputs=False)

    async def check(self, request: sdk.CheckRequest) -> sdk.CheckResponse:
        handler = _handler_for(_type_of(request.urn))
        inputs = dict(request.new_inputs)
        for field in handler.fields:
            earlier = request.old_inputs.get(field.name)
            if field.sticky and earlier and not (inputs.get(field.name) and inputs[field.name].value):
                inputs[field.name] = earlier
            if field.default is not None and (field.name not in inputs or inputs[field.name].value is None):
                inputs[field.name] = wrapped(field.default)
            if field.secret and field.name in inputs:
                inputs[field.name] = inputs[field.name].with_secret(True)
        found = [sdk.CheckFailure(it.field, it.reason) for it in handler.check(properties(inputs))]
        return sdk.CheckResponse(inputs=inputs, failures=found)

    async def diff(self, request: sdk.DiffRequest) -> sdk.DiffResponse:
        handler, state, new = (
            _handler_for(_type_of(request.urn)),
            properties(request.old_state),
            properties(request.new_inputs),
        )
        old = properties(OLD_INPUTS.get() or request.old_state)
        changed = handler.changed(old, new)
        before = Properties({**state, **old})
        handler.unknown_outputs(before, new)
        if any(field.change is Change.REPLACE for field in changed):
            # The replacement will not know the old resource.
            await self._precheck(handler, request.urn, before, new)
        lost = await self._lost(handler, request.urn, request.resource_id, state)
        return response(changed, old, new, lost, handler.replaced_when_lost)

    async def create(self, request: sdk.CreateRequest) -> sdk.CreateResponse:
        handler, inputs = _handler_for(_type_of(request.urn)), properties(request.properties)
        if request.preview:
            await self._precheck_if_answered(handler, request.urn, Properties(), inputs)
            return sdk.CreateResponse("", self._state(handler, inputs, dict.fromkeys(handler.outputs, UNKNOWN)))
        made = await self._ensure(handler, request.urn, inputs, Properties())
        self._made.add(_thing(handler, made.id, made.outputs))
        return sdk.CreateResponse(made.id, self._state(handler, inputs, made.outputs))

    async def update(self, request: sdk.UpdateRequest) -> sdk.UpdateResponse:
        handler, inputs, state = _handler_for(_type_of(request.urn)), properties(request.news), properties(request.olds)
        # The outputs lack the inputs of an import, and those whose change had no effect.
        before = Properties({**state, **properties(OLD_INPUTS.get() or {})})
        if request.preview:
            lost = await self._lost(handler, request.urn, request.resource_id, state)
            renewed = frozenset(handler.outputs) if lost else handler.unknown_outputs(before, inputs)
            await self._precheck_if_answered(handler, request.urn, before, inputs)
            if announcement := handler.announcement(before, inputs):
                await self._log.info(announcement, request.urn)
            outputs = {name: UNKNOWN if name in renewed else state.get(name) for name in handler.outputs}
            return sdk.UpdateResponse(self._state(handler, inputs, outputs))
        made = await self._ensure(handler, request.urn, inputs, before)
        return sdk.UpdateResponse(self._state(handler, inputs, made.outputs))

    async def read(self, request: sdk.ReadRequest) -> sdk.ReadResponse:
        handler, state = _handler_for(_type_of(request.urn)), properties(request.properties)
        reading = handler.read(self._operation(request.urn), request.resource_id, state, properties(request.inputs))
        try:
            found = await self._interruptible(reading)
        except Unreachable as error:
            if not state:
                raise
            # A refresh must continue: if the whole cluster is lost, the next update brings the server back.
            await self._warn_once(f"Could not read it; keeping the last known state. {error}", request.urn)
            return sdk.ReadResponse(request.resource_id, request.properties, request.inputs)
        if found is None:
            return sdk.ReadResponse("")
        secret = {field.name for field in handler.fields if field.secret}
        inputs = Properties(found.inputs)
        shown = _as_in_state(handler, state, inputs) if state else inputs
        return sdk.ReadResponse(found.id, self._state(handler, shown, found.outputs), wrapped_all(inputs, secret))

    async def delete(self, request: sdk.DeleteRequest) -> None:
        handler, state = _handler_for(_type_of(request.urn)), properties(request.properties)
        # Creation adopts existing objects, so a replacement or a renamed resource can have adopted the very object
        # whose old resource the engine deletes now.
        if _thing(handler, request.resource_id, state) in self._made:
            await self._log.info("Kept on the server: another resource of this stack now manages it.", request.urn)
            return
        await self._interruptible(handler.delete(self._operation(request.urn), request.resource_id, state))

    async def _ensure(self, handler: Handler, urn: str, inputs: Properties, state: Properties) -> Applied:
        operation = self._operation(urn)
        try:
            return await self._interruptible(handler.ensure(operation, inputs, state))
        except Unreachable as error:
            if not error.executed:
                raise
        # The answer was lost, but the call may have succeeded. `ensure` finds existing objects, so it can run again.
        return await self._interruptible(handler.ensure(operation, inputs, state))

    async def _lost(self, handler: Handler, urn: str, resource_id: str, state: Properties) -> str | None:
        """
        The output whose object is gone from the server.

        If the server does not answer, only delivery checks count as lost: an update may bring the server back.
        """
        if self._session is None:
            return None
        try:
            with brief_calls():
                return await self._interruptible(handler.lost(self._operation(urn), resource_id, state))
        except FAILURES as error:
            await self._warn_once(f"Drift check skipped. {error}", urn)
            return handler.unverified_output

    async def _warn_once(self, cause: str, urn: str) -> None:
        """Warn once about each cause, however many resources it affects."""
        if cause not in self._warned:
            self._warned.add(cause)
            await self._log.warning(cause, urn)

    async def _precheck_if_answered(self, handler: Handler, urn: str, old: Properties, new: Properties) -> None:
        """In a preview: skip the check if the server does not answer. The update checks again."""
        try:
            with suppress(Unreachable), brief_calls():
                await self._precheck(handler, urn, old, new)
                if self._session and (forecast := await handler.forecast(self._operation(urn), old, new)):
                    await self._log.info(forecast, urn)
        except Unread as error:
            await self._warn_once(f"Check skipped in this preview; an update would stop. {error}", urn)

    async def _precheck(self, handler: Handler, urn: str, old: Properties, new: Properties) -> None:
        if self._session is not None:
            await self._interruptible(handler.precheck(self._operation(urn), old, new))

    async def _interruptible(self, work: Awaitable[T]) -> T:
        """The work's result; `cancel` ends it."""
        running = asyncio.ensure_future(work)
        self._running.add(running)
        running.add_done_callback(self._running.discard)
        return await running

    def _operation(self, urn: str) -> Operation:
        if not (self._session and self._secrets and self._cluster and self._observer):
            raise Blocked("The infisical provider is not configured: its `url` or login is not known yet.")
        return Operation(self._session, self._secrets, self._log, urn, self._cluster, self._observer)

    @staticmethod
    def _state(handler: Handler, inputs: Properties, outputs: dict[str, Any]) -> Values:
        secret = {field.name for field in handler.fields if field.secret}
        shown = {key: value for key, value in inputs.items() if key not in secret}
        return wrapped_all(shown | outputs, handler.secret_outputs)


def _thing(handler: Handler, resource_id: str, outputs: Mapping[str, Any]) -> tuple[str, ...]:
    """Identifies the object on the server: by the resource ID, and by the server's own ID if that is a name."""
    return (handler.name, resource_id, *(str(outputs.get(name)) for name in handler.identity_outputs))


def _as_in_state(handler: Handler, state: Properties, inputs: Properties) -> Properties:
    """
    The inputs, with the state's values for those whose change means nothing, such as a removed trigger.

    No update has written them to the state, and a refresh must not report them as drift.
    """
    changed = {field.name for field in handler.changed(state, inputs)}
    kept = {field.name for field in handler.fields if field.name not in changed}
    as_they_are = {name: value for name, value in inputs.items() if name not in kept}
    return Properties(as_they_are | {name: state[name] for name in kept if name in state})


def _handler_for(type_token: str) -> Handler:
    handler = HANDLERS.get(type_token)
    if handler is None:
        message = f"Unknown resource type {type_token!r}; expected one of {', '.join(sorted(HANDLERS))}."
        raise Blocked(message)
    return handler


def _type_of(urn: str) -> str:
    # The type of a child resource starts with the types of its parents.
    return urn.split("::")[2].rpartition("$")[2]
