"""What a stack remembers in its state alone, to refuse a later change."""

from __future__ import annotations

from typing import ClassVar

from infisical.handlers.base.handler import Applied, Found, Handler, Operation
from infisical.properties import Properties


class StateOnly(Handler):
    """A resource without an object: its inputs, and what was computed from them, are all that it has."""

    needs_server = False
    no_import = "it exists in the state only"
    outputs: ClassVar[dict[str, str]] = {}
    resource_id: ClassVar[str]

    async def ensure(self, operation: Operation, inputs: Properties, state: Properties) -> Applied:
        return Applied(self.resource_id, {})

    async def read(self, operation: Operation, resource_id: str, state: Properties, inputs: Properties) -> Found | None:
        return Found(resource_id, {name: state[name] for name in self.outputs if name in state}, dict(inputs))

    async def lost(self, operation: Operation, resource_id: str, state: Properties) -> str | None:
        return None

    async def delete(self, operation: Operation, resource_id: str, state: Properties) -> None:
        """There is no object to delete."""
