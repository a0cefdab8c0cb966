"""The provider that answers without a server."""

from __future__ import annotations

import hashlib
import os
from typing import Any, Final

from infisical.api.errors import Blocked
from infisical.handlers.base.fields import Failure
from infisical.handlers.base.handler import Applied, Handler
from infisical.ownership.description import NOTHING
from infisical.properties import Properties
from infisical.server.differences import Difference
from infisical.server.provider import InfisicalProvider
from infisical.server.resources import Read
from infisical.server.schema import OUTPUT_TYPES
from infisical.server.values import Values, wrapped_all

PREFIX: Final = "offline/"
"""The prefix of all resource IDs here; no ID of a server has it."""

PERMISSION: Final = "HOMELAB_THROW_AWAY_STATE"
"""The environment variable that this provider requires: it promises that the state is thrown away."""

_DATES: Final = {"changedOn": "2000-01-01", "createdOn": "2000-01-01", "restartedAt": ""}
"""Outputs that programs read as dates."""


class OfflineProvider(InfisicalProvider):
    """
    Checks and compares as the real provider does, and reports every change as done. It sends nothing.

    It refuses a resource that a server has created: that one needs the real provider.
    """

    async def check_config(self, values: Values) -> list[Failure]:
        if os.environ.get(PERMISSION) != "true":
            reason = (
                "the provider in infisical/offline creates nothing, and is only for states that are thrown away. In "
                "Pulumi.yaml, write `path: ./infisical` for the provider infisical."
            )
            return [Failure("url", reason)]
        return await super().check_config(values)

    async def invoke(self, function: str, arguments: Values) -> Values:
        # There is no cluster, so nothing of others is in the way.
        return wrapped_all(NOTHING, ())

    async def diff(self, urn: str, resource_id: str, olds: Values, news: Values, old_inputs: Values) -> Difference:
        _refuse_real(urn, resource_id)
        return await super().diff(urn, resource_id, olds, news, old_inputs)

    async def update(
        self, urn: str, resource_id: str, olds: Values, news: Values, old_inputs: Values, *, preview: bool = False
    ) -> Values:
        _refuse_real(urn, resource_id)
        return await super().update(urn, resource_id, olds, news, old_inputs, preview=preview)

    async def read(self, urn: str, resource_id: str, values: Values, inputs: Values) -> Read:
        _refuse_real(urn, resource_id)
        return Read(resource_id, values, inputs)

    async def delete(self, urn: str, resource_id: str, values: Values) -> None:
        _refuse_real(urn, resource_id)

    async def _ensure(self, handler: Handler, urn: str, inputs: Properties, state: Properties) -> Applied:
        made_up = {name: _made_up(urn, name) for name in handler.outputs}
        return Applied(
            f"{PREFIX}{urn.rpartition('::')[2]}", made_up | {name: state[name] for name in made_up if name in state}
        )

    async def _lost(
        self, handler: Handler, urn: str, resource_id: str, state: Properties, inputs: Properties
    ) -> str | None:
        return None

    async def _preview_creation(self, handler: Handler, urn: str, inputs: Properties) -> dict[str, Any]:
        """There is no server on which something could exist."""
        return {}

    async def _precheck(self, handler: Handler, urn: str, old: Properties, new: Properties) -> None:
        """There is no server to check."""


def _made_up(urn: str, output: str) -> Any:
    """A value of the output's type, always the same."""
    if output in _DATES:
        return _DATES[output]
    match OUTPUT_TYPES.get(output, "string"):
        case "boolean":
            return True
        case "number":
            return 1.0
        case "strings":
            return []
        case _:
            return f"{PREFIX}{hashlib.sha256(f'{urn} {output}'.encode()).hexdigest()[:32]}"


def _refuse_real(urn: str, resource_id: str) -> None:
    if not resource_id.startswith(PREFIX):
        message = (
            f"{urn} was created on a server (ID {resource_id!r}), and infisical/offline is for states that are thrown "
            "away. Nothing was done. In Pulumi.yaml, write `path: ./infisical` for the provider infisical."
        )
        raise Blocked(message)
