"""A stack in memory: it calls the provider as Pulumi's engine does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2

from infisical.api.http.clock import Clock
from infisical.package import token
from infisical.properties import PREVIEW, UNKNOWN
from infisical.server.differences import Difference
from infisical.server.provider import InfisicalProvider
from infisical.server.values import Values, plain, wrapped_all
from sandbox.infisical.fake import FakeInfisical
from tests.infisical.clock import TestClock
from tooling.plugin.properties import Secret

EMAIL = "admin@homelab.test"
PASSWORD = "Throw-Away-Passw0rd!"


@dataclass(frozen=True)
class Ref:
    """An output of another resource."""

    resource: str
    output: str


@dataclass(frozen=True)
class Declared:
    """A resource as a program declares it; `imports` is the ID of an existing object to import."""

    kind: str
    name: str
    inputs: Mapping[str, Any] = field(default_factory=dict)
    imports: str = ""


Program = Sequence[Declared]


@dataclass
class Record:
    """A resource in the state."""

    urn: str
    id: str
    inputs: Values
    outputs: Values


class NotebookLog:
    """The messages that the user would see."""

    def __init__(self) -> None:
        self.warnings: list[str] = []
        self.infos: list[str] = []
        self.progress: list[str] = []

    async def info(self, message: str, urn: str = "") -> None:
        self.infos.append(message)

    async def warning(self, message: str, urn: str = "") -> None:
        self.warnings.append(message)

    async def status(self, message: str, urn: str = "") -> None:
        self.progress.append(message)


class CheckFailed(Exception):
    """The inputs are invalid; its text has the reasons."""


class Stack:
    """
    The state, and the operations on it. Each operation uses a new provider.

    With `only_cluster`, the provider has no address of a server. The fake server's clock advances while the provider
    sleeps. `steps` records what the last operation did, such as `("update", "project")`.
    """

    def __init__(self, fake_infisical: FakeInfisical, **configuration: Any) -> None:
        self.fake_infisical = fake_infisical
        self.configuration = configuration or {"email": EMAIL, "password": PASSWORD, "organization": "homelab"}
        self.only_cluster = False
        self.name = "dev"
        self.records: dict[str, Record] = {}
        self.replaced: list[Record] = []
        self.steps: list[tuple[str, str]] = []
        self.log = NotebookLog()
        self.clock = TestClock(self._let_pass)

    async def up(self, program: Program, transport: httpx2.AsyncBaseTransport | None = None) -> None:
        async with self.provider(transport) as provider:
            await self._delete_replaced(provider)
            for declared in program:
                await self._apply(provider, declared)
            await self._delete_replaced(provider)
            names = [declared.name for declared in program]
            for name in [name for name in reversed(self.records) if name not in names]:
                await self._delete(provider, self.records[name])
                self.steps.append(("delete", name))
                del self.records[name]

    async def preview(self, program: Program) -> dict[str, dict[str, Any]]:
        """The outputs of every resource, as far as a preview knows them."""
        outputs = {name: record.outputs for name, record in self.records.items()}
        async with self.provider(None) as provider:
            for declared in program:
                outputs[declared.name] = await self._preview(provider, declared, outputs)
        return {name: {key: plain(value) for key, value in found.items()} for name, found in outputs.items()}

    async def refresh(self) -> None:
        async with self.provider(None) as provider:
            for name, record in list(self.records.items()):
                read = await provider.read(record.urn, record.id, record.outputs, record.inputs)
                if not read.id:
                    self.steps.append(("gone", name))
                    del self.records[name]
                    continue
                if {key: plain(value) for key, value in read.properties.items()} != self.outputs(name):
                    self.steps.append(("refresh", name))
                record.inputs, record.outputs = read.inputs, read.properties

    def outputs(self, name: str) -> dict[str, Any]:
        """The outputs of a resource in the state."""
        return {key: plain(value) for key, value in self.records[name].outputs.items()}

    def secret_outputs(self, name: str) -> set[str]:
        return {key for key, value in self.records[name].outputs.items() if isinstance(value, Secret)}

    def real_time(self) -> None:
        """From now on use the real clock."""
        self.clock = Clock()  # type: ignore[assignment]

    def _let_pass(self, seconds: float) -> None:
        if self.fake_infisical.server.running:
            self.fake_infisical.advance(seconds)

    @asynccontextmanager
    async def provider(self, transport: httpx2.AsyncBaseTransport | None) -> AsyncIterator[InfisicalProvider]:
        self.steps = []
        # Plain HTTP, without certificates: loading them would take most of the time of an operation.
        real = transport or httpx2.AsyncHTTPTransport(verify=False)
        provider = InfisicalProvider(self.log, self.clock, real)
        server = {} if self.only_cluster else {"url": self.fake_infisical.url}
        arguments = {**server, **self.configuration}
        await provider.configure(wrapped_all(arguments, ()))
        try:
            yield provider
        finally:
            await provider.close()

    async def _apply(self, provider: InfisicalProvider, declared: Declared) -> None:
        urn, record = _urn(declared, self.name), self.records.get(declared.name)
        inputs = await _checked(provider, declared, self._resolved(declared, None), record)
        if record is None and declared.imports:
            read = await provider.read(urn, declared.imports, {}, {})
            assert read.id, "there is nothing to import"
            record = Record(urn, read.id, read.inputs, read.properties)
            assert not (await _diff(provider, record, inputs)).changes, "what was imported differs from the program"
            self.records[declared.name] = record
            record.inputs = inputs
            self.steps.append(("import", declared.name))
            return
        diff = await _diff(provider, record, inputs) if record else None
        if record is None or (diff and diff.replaces):
            made = await provider.create(urn, inputs)
            if record:
                self.replaced.append(record)
            self.records[declared.name] = Record(urn, made.id, inputs, made.properties)
            self.steps.append(("replace" if record else "create", declared.name))
        elif diff and diff.changes:
            record.outputs = await provider.update(urn, record.id, record.outputs, inputs, record.inputs)
            record.inputs = inputs
            self.steps.append(("update", declared.name))
        else:
            record.inputs = inputs

    async def _preview(self, provider: InfisicalProvider, declared: Declared, known: dict[str, Values]) -> Values:
        urn, record = _urn(declared, self.name), self.records.get(declared.name)
        inputs = await _checked(provider, declared, self._resolved(declared, known), record)
        diff = await _diff(provider, record, inputs) if record else None
        if record is None or (diff and diff.replaces):
            self.steps.append(("replace" if record else "create", declared.name))
            return (await provider.create(urn, inputs, preview=True)).properties
        if diff and diff.changes:
            self.steps.append(("update", declared.name))
            return await provider.update(urn, record.id, record.outputs, inputs, record.inputs, preview=True)
        return record.outputs

    def _resolved(self, declared: Declared, known: dict[str, Values] | None) -> dict[str, Any]:
        def resolve(value: Any) -> Any:
            if not isinstance(value, Ref):
                return value
            if known is not None:
                return plain(known[value.resource][value.output]) if value.resource in known else UNKNOWN
            return self.outputs(value.resource)[value.output]

        phase = {PREVIEW: known is not None} if declared.kind == "Delivery" else {}
        return {key: resolve(value) for key, value in declared.inputs.items()} | phase

    async def _delete_replaced(self, provider: InfisicalProvider) -> None:
        while self.replaced:
            await self._delete(provider, self.replaced[0])
            self.replaced.pop(0)

    async def _delete(self, provider: InfisicalProvider, record: Record) -> None:
        await provider.delete(record.urn, record.id, record.outputs)


async def _checked(
    provider: InfisicalProvider, declared: Declared, inputs: dict[str, Any], record: Record | None
) -> Values:
    old = record.inputs if record else {}
    checked, failures = await provider.check(_urn(declared), old, wrapped_all(inputs, ()))
    if failures:
        raise CheckFailed("; ".join(f"{failure.field}: {failure.reason}" for failure in failures))
    return checked


async def _diff(provider: InfisicalProvider, record: Record, inputs: Values) -> Difference:
    return await provider.diff(record.urn, record.id, record.outputs, inputs, record.inputs)


def _urn(declared: Declared, stack: str = "dev") -> str:
    return f"urn:pulumi:{stack}::homelab::homelab:secrets:Plane${token(declared.kind)}::{declared.name}"
