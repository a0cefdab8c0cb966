"""The provider: hands each request of the engine to the handler of its resource."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from typing import Any, Final, TypeVar

import httpx2

from infisical.api.errors import Blocked, LoginRefused, Unreachable, Unread
from infisical.api.http.clock import Clock
from infisical.api.http.server import Server, brief_calls
from infisical.api.http.session import Session
from infisical.api.instance import is_initialized
from infisical.api.secret_cache import SecretCache
from infisical.cluster import Cluster
from infisical.delivery.observer import Observer
from infisical.failures import FAILURES, is_passing
from infisical.handlers.base.fields import Change, Failure
from infisical.handlers.base.handler import Applied, Handler, Log, Operation
from infisical.ownership.contents import Contents
from infisical.ownership.description import FUNCTION
from infisical.ownership.lookup import find_existing
from infisical.properties import PREVIEW, UNKNOWN, Properties, is_known
from infisical.server.configuration import login, problems
from infisical.server.differences import Difference, difference
from infisical.server.resources import Made, Read, as_in_state, handler_for, state_of, thing, type_of
from infisical.server.values import Values, as_secret, plain, properties, wrapped, wrapped_all
from tooling.kubernetes.errors import KubernetesError

UNCHECKED: Final = (
    "The preview cannot show what exists in Infisical: {cause} The update adopts a project and folders that have the "
    "declared names, with their values. It stops before it changes an existing identity."
)

T = TypeVar("T")


class InfisicalProvider:
    """
    One server and one login for all resources, so that their states contain neither.

    The first call logs in. A preview sends no call that writes. Without an address, only the cluster is reached.
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
        self._contents = Contents()
        self._observer: Observer | None = None
        self._only_cluster = False
        self._warned: set[str] = set()
        self._said_unchecked = False
        self._set_up: bool | None = None
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

    async def check_config(self, values: Values) -> list[Failure]:
        return list(problems(properties(values)))

    async def configure(self, values: Values) -> None:
        configuration = properties(values)
        if is_known(dict(configuration)):
            server = Server(
                configuration.string("url"),
                self._clock,
                self._transport,
                ca_bundle=configuration.string("caBundle"),
            )
            self._session = Session(server, login(configuration))
            self._secrets = SecretCache(self._session)
            self._cluster = Cluster(configuration.string("kubeconfig"), configuration.string("context"))
            self._observer = Observer(self._session, self._cluster, self._secrets)
            self._only_cluster = "url" not in configuration

    async def invoke(self, function: str, arguments: Values) -> Values:
        if function != FUNCTION:
            message = f"Unknown function {function!r}; expected {FUNCTION}."
            raise Blocked(message)
        return wrapped_all(await self._interruptible(self._existing(properties(arguments))), ())

    async def _existing(self, asked: Properties) -> dict[str, Any]:
        if self._cluster is None:
            raise Blocked("The infisical provider is not configured: its `kubeconfig` or `context` is not known yet.")
        return await find_existing(self._cluster, asked)

    async def check(self, urn: str, old: Values, new: Values) -> tuple[Values, list[Failure]]:
        """The inputs with their defaults, and what is wrong with them."""
        handler = handler_for(type_of(urn))
        inputs = dict(new)
        for field in handler.fields:
            given = plain(inputs.get(field.name))
            if field.sticky and field.name in old and not given:
                inputs[field.name] = old[field.name]
            if field.default is not None and given is None:
                inputs[field.name] = wrapped(field.default)
            if field.secret and field.name in inputs:
                inputs[field.name] = as_secret(inputs[field.name])
        return inputs, list(handler.check(properties(inputs)))

    async def diff(self, urn: str, resource_id: str, olds: Values, news: Values, old_inputs: Values) -> Difference:
        handler, state, new = handler_for(type_of(urn)), properties(olds), properties(news)
        old = properties(old_inputs or olds)
        changed = handler.changed(old, new)
        before = Properties({**state, **old})
        handler.unknown_outputs(before, new)
        if any(field.change is Change.REPLACE for field in changed):
            # The replacement will not know the old resource.
            await self._precheck(handler, urn, before, new)
        lost = await self._lost(handler, urn, resource_id, state, new)
        return difference(changed, old, new, lost, handler.replaced_when_lost)

    async def create(self, urn: str, values: Values, *, preview: bool = False) -> Made:
        handler, inputs = handler_for(type_of(urn)), properties(values)
        if preview:
            foreseen = await self._preview_creation(handler, urn, inputs)
            outputs = dict.fromkeys(handler.outputs, UNKNOWN) | foreseen
            return Made("", state_of(handler, inputs, outputs))
        made = await self._ensure(handler, urn, inputs, Properties())
        self._made.add(thing(handler, made.id, made.outputs))
        return Made(made.id, state_of(handler, inputs, made.outputs))

    async def update(
        self, urn: str, resource_id: str, olds: Values, news: Values, old_inputs: Values, *, preview: bool = False
    ) -> Values:
        handler, inputs, state = handler_for(type_of(urn)), properties(news), properties(olds)
        # The outputs lack the inputs of an import, and those whose change had no effect.
        before = Properties({**state, **properties(old_inputs)})
        if preview:
            lost = await self._lost(handler, urn, resource_id, state, inputs)
            renewed = frozenset(handler.outputs) if lost else handler.unknown_outputs(before, inputs)
            await self._precheck_if_answered(handler, urn, before, inputs)
            if announcement := handler.announcement(before, inputs):
                await self._log.info(announcement, urn)
            outputs = {name: UNKNOWN if name in renewed else state.get(name) for name in handler.outputs}
            return state_of(handler, inputs, outputs)
        made = await self._ensure(handler, urn, inputs, before)
        return state_of(handler, inputs, made.outputs)

    async def read(self, urn: str, resource_id: str, values: Values, inputs: Values) -> Read:
        handler, state = handler_for(type_of(urn)), properties(values)
        if handler.no_import and not state:
            message = f"{type_of(urn)} {resource_id!r} cannot be imported: {handler.no_import}. "
            raise Blocked(message + "Declare it without `import_`, then run `pulumi up`.")
        reading = handler.read(self._operation(handler, urn), resource_id, state, properties(inputs))
        try:
            found = await self._interruptible(reading)
        except Unreachable as error:
            if not state:
                raise
            # A refresh must continue: if the whole cluster is lost, the next update brings the server back.
            await self._warn_once(f"Could not read it; keeping the last known state. {error}", urn)
            return Read(resource_id, values, inputs)
        if found is None:
            return Read("")
        secret = {field.name for field in handler.fields if field.secret}
        known = Properties(found.inputs)
        shown = as_in_state(handler, state, known) if state else known
        return Read(found.id, state_of(handler, shown, found.outputs), wrapped_all(known, secret))

    async def delete(self, urn: str, resource_id: str, values: Values) -> None:
        handler, state = handler_for(type_of(urn)), properties(values)
        # Creation adopts existing objects, so a replacement or a renamed resource can have adopted the very object
        # whose old resource the engine deletes now.
        if thing(handler, resource_id, state) in self._made:
            await self._log.info("Kept on the server: another resource of this stack now manages it.", urn)
            return
        await self._interruptible(handler.delete(self._operation(handler, urn), resource_id, state))

    async def _ensure(self, handler: Handler, urn: str, inputs: Properties, state: Properties) -> Applied:
        operation = self._operation(handler, urn)
        try:
            return await self._interruptible(handler.ensure(operation, inputs, state))
        except Unreachable as error:
            if not error.executed:
                raise
        # The answer was lost, but the call may have succeeded. `ensure` finds existing objects, so it can run again.
        return await self._interruptible(handler.ensure(operation, inputs, state))

    async def _lost(
        self, handler: Handler, urn: str, resource_id: str, state: Properties, inputs: Properties
    ) -> str | None:
        """
        The output whose object is gone from the server.

        A check that gets no answer is no change, except for a delivery check in an update: it must prove the delivery.
        """
        if self._session is None:
            return None
        try:
            with brief_calls():
                lost = await self._interruptible(handler.lost(self._operation(handler, urn), resource_id, state))
        except FAILURES as error:
            await self._warn_once(f"Drift check skipped. {error}", urn)
            return None if inputs.boolean(PREVIEW) and is_passing(error) else handler.unverified_output
        if slow := self._session.server.slow_answer():
            await self._warn_once(slow, urn)
        return lost

    async def _warn_once(self, cause: str, urn: str) -> None:
        """Warn once about each cause, however many resources it affects."""
        if cause not in self._warned:
            self._warned.add(cause)
            await self._log.warning(cause, urn)

    async def _preview_creation(self, handler: Handler, urn: str, inputs: Properties) -> dict[str, Any]:
        """The outputs of an object that exists. What would stop the creation also stops the preview."""
        cause = "its address or login is not known before the update."
        try:
            with brief_calls():
                if handler.adopts and self._session is not None and not await self._is_set_up(self._session.server):
                    return {}
                await self._precheck_and_forecast(handler, urn, Properties(), inputs)
                if self._session is not None:
                    return await self._interruptible(handler.foreseen(self._operation(handler, urn), inputs))
        except Unreachable as error:
            cause = f"it did not answer. {error}"
        except LoginRefused as error:
            cause = f"it refused the login. {error}"
        if handler.adopts and not self._said_unchecked:
            self._said_unchecked = True
            await self._log.info(UNCHECKED.format(cause=cause), urn)
        return {}

    async def _is_set_up(self, server: Server) -> bool:
        """Whether anything can exist on the server."""
        if self._set_up is None:
            self._set_up = await self._interruptible(is_initialized(server))
        return self._set_up

    async def _precheck_if_answered(self, handler: Handler, urn: str, old: Properties, new: Properties) -> None:
        """In a preview: skip the check if the server does not answer. The update checks again."""
        with suppress(Unreachable), brief_calls():
            await self._precheck_and_forecast(handler, urn, old, new)

    async def _precheck_and_forecast(self, handler: Handler, urn: str, old: Properties, new: Properties) -> None:
        try:
            await self._precheck(handler, urn, old, new)
            if self._session and (forecast := await handler.forecast(self._operation(handler, urn), old, new)):
                await self._log.info(forecast, urn)
        except (Unread, KubernetesError) as error:
            if isinstance(error, KubernetesError) and not is_passing(error):
                raise
            await self._warn_once(f"Check skipped in this preview; an update would stop. {error}", urn)

    async def _precheck(self, handler: Handler, urn: str, old: Properties, new: Properties) -> None:
        if self._session is not None:
            await self._interruptible(handler.precheck(self._operation(handler, urn), old, new))

    async def _interruptible(self, work: Awaitable[T]) -> T:
        """The work's result; `cancel` ends it."""
        running = asyncio.ensure_future(work)
        self._running.add(running)
        running.add_done_callback(self._running.discard)
        return await running

    def _operation(self, handler: Handler, urn: str) -> Operation:
        if not (self._session and self._secrets and self._cluster and self._observer):
            raise Blocked("The infisical provider is not configured: its `url` or login is not known yet.")
        if handler.needs_server and self._only_cluster:
            message = f"{handler.name} needs Infisical: give it an infisical provider with a `url` and a login."
            raise Blocked(message)
        return Operation(self._session, self._secrets, self._log, urn, self._cluster, self._contents, self._observer)
