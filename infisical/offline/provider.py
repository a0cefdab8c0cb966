"""The provider that answers from what it is told."""

from __future__ import annotations

import hashlib
import os
from typing import Any, Final

from pulumi.provider.experimental import provider as sdk

from infisical.api.errors import Blocked
from infisical.handlers.kind import Kind, Made
from infisical.handlers.properties import Properties
from infisical.server.provider import InfisicalProvider
from infisical.server.schema import OUTPUT_TYPES

PREFIX: Final = "offline/"
"""What the id of every resource here begins with; no id of a server does."""

PERMISSION: Final = "HOMELAB_THROW_AWAY_STATE"
"""The variable without which this provider takes no configuration: whoever sets it throws the state away."""

_DATES: Final = {"changedOn": "2000-01-01", "restartedAt": ""}
"""Outputs that programs read as dates: one long ago, and none."""


class OfflineProvider(InfisicalProvider):
    """
    Checks and compares as the provider does, and takes everything else for done: nothing is sent anywhere.

    Of a resource that a server has made it does nothing at all: there the other provider is needed.
    """

    async def check_config(self, request: sdk.CheckRequest) -> sdk.CheckResponse:
        if os.environ.get(PERMISSION) != "true":
            reason = (
                "is of no use here: the provider in infisical/offline sets nothing up, and is for states that are "
                "thrown away. In Pulumi.yaml, write `path: ./infisical` for the provider infisical."
            )
            return sdk.CheckResponse(inputs=request.new_inputs, failures=[sdk.CheckFailure("url", reason)])
        return await super().check_config(request)

    async def diff(self, request: sdk.DiffRequest) -> sdk.DiffResponse:
        _refuse_real(request.urn, request.resource_id)
        return await super().diff(request)

    async def update(self, request: sdk.UpdateRequest) -> sdk.UpdateResponse:
        _refuse_real(request.urn, request.resource_id)
        return await super().update(request)

    async def read(self, request: sdk.ReadRequest) -> sdk.ReadResponse:
        _refuse_real(request.urn, request.resource_id)
        return sdk.ReadResponse(request.resource_id, request.properties, request.inputs)

    async def delete(self, request: sdk.DeleteRequest) -> None:
        _refuse_real(request.urn, request.resource_id)

    async def _ensure(self, kind: Kind, urn: str, inputs: Properties, state: Properties) -> Made:
        made_up = {name: _made_up(urn, name) for name in kind.outputs}
        return Made(
            f"{PREFIX}{urn.rpartition('::')[2]}", made_up | {name: state[name] for name in made_up if name in state}
        )

    async def _lost(self, kind: Kind, urn: str, resource_id: str, state: Properties) -> str | None:
        return None

    async def _admit(self, kind: Kind, urn: str, old: Properties, new: Properties) -> None:
        """What a server holds is not known."""


def _made_up(urn: str, output: str) -> Any:
    """A value of the output's type; the same one each time."""
    if output in _DATES:
        return _DATES[output]
    match OUTPUT_TYPES.get(output, "text"):
        case "flag":
            return True
        case "number":
            return 1.0
        case "texts":
            return []
        case _:
            return f"{PREFIX}{hashlib.sha256(f'{urn} {output}'.encode()).hexdigest()[:32]}"


def _refuse_real(urn: str, resource_id: str) -> None:
    if not resource_id.startswith(PREFIX):
        message = (
            f"{urn} was made on a server (its id is {resource_id!r}), and infisical/offline is for states that are "
            "thrown away. Nothing was done. In Pulumi.yaml, write `path: ./infisical` for the provider infisical."
        )
        raise Blocked(message)
