"""The lifecycle of objects that are rendered into files."""

from __future__ import annotations

from collections.abc import Mapping

from plugins.kubernetes.bookkeeping import manager_for, read_state, write_state
from plugins.kubernetes.inputs import canonical
from plugins.kubernetes.manifest import Manifest, object_id, to_manifest
from plugins.kubernetes.render import remove, render, rendered_path
from plugins.protocol.properties import Properties, Value, has_secret
from tooling.plugin.engine_log import EngineLog


class Rendering:
    """What takes a cluster's place: a directory."""

    def __init__(self, directory: str, log: EngineLog) -> None:
        self._directory = directory
        self._log = log

    async def create(self, urn: str, news: Mapping[str, Value]) -> tuple[str, Properties]:
        """Render an object; its id and state."""
        inputs = to_manifest(news)
        if has_secret(news):
            await self._log.warning(self._warning(inputs), urn)
        await self._render(urn, inputs)
        state = write_state(
            inputs, inputs, news, field_manager=manager_for(inputs), initial_api_version=inputs["apiVersion"]
        )
        return object_id(inputs), state

    async def update(self, urn: str, olds: Mapping[str, Value], news: Mapping[str, Value]) -> Properties:
        """Render an object anew; its state."""
        record = read_state(olds)
        inputs = canonical(to_manifest(news))
        if has_secret(news):
            await self._log.status(self._warning(inputs), urn, warning=True)
        await self._render(urn, inputs)
        return write_state(
            inputs,
            inputs,
            news,
            field_manager=manager_for(inputs, record),
            initial_api_version=record.initial_api_version or inputs["apiVersion"],
        )

    def read(self, state: Mapping[str, Value], inputs: Mapping[str, Value]) -> Properties:
        """The state as it is: nobody else writes to the files."""
        record = read_state(state)
        known = to_manifest(inputs)
        return write_state(
            known,
            record.live,
            state,
            field_manager=manager_for(known, record),
            initial_api_version=record.initial_api_version or known.get("apiVersion", ""),
        )

    async def delete(self, urn: str, state: Mapping[str, Value]) -> None:
        """Remove an object's file."""
        path = remove(self._directory, read_state(state).live)
        await self._log.status(f"deleted {path}", urn)

    async def _render(self, urn: str, inputs: Manifest) -> None:
        path = render(self._directory, inputs)
        await self._log.status(f"rendered {path}", urn)

    def _warning(self, inputs: Manifest) -> str:
        return f"rendered file {rendered_path(self._directory, inputs)} contains a secret value in plaintext"
