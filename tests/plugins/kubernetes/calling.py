"""Calls to a provider in this process, without gRPC."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
from google.protobuf.message import Message
from pulumi.runtime.proto import provider_pb2, status_pb2

from plugins.kubernetes.provider.service import KubernetesProvider
from tests.waiting import PATIENCE_SECONDS
from tooling.plugin.engine_log import EngineLog


class CallFailed(Exception):
    """The provider refused a call; `detail` is what it sent along for the engine."""

    def __init__(self, code: grpc.StatusCode, message: str, details: bytes) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self._details = details

    @property
    def init_failed(self) -> provider_pb2.ErrorResourceInitFailed:
        status = status_pb2.Status.FromString(self._details)
        detail = provider_pb2.ErrorResourceInitFailed()
        assert status.details[0].Unpack(detail)
        return detail


class _Context:
    async def abort(
        self, code: grpc.StatusCode, message: str, trailing_metadata: Sequence[tuple[str, bytes]] = ()
    ) -> None:
        raise CallFailed(code, message, dict(trailing_metadata).get("grpc-status-details-bin", b""))


@dataclass
class Logged(EngineLog):
    """The messages that the user would see, such as (`warning`, text), and the status lines."""

    messages: list[tuple[str, str]] = field(default_factory=list)
    statuses: list[str] = field(default_factory=list)
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def shows(self, status: str) -> None:
        """Wait until a status line has been shown."""
        async with self._changed, asyncio.timeout(PATIENCE_SECONDS):
            await self._changed.wait_for(lambda: status in self.statuses)

    async def info(self, message: str, urn: str = "") -> None:
        self.messages.append(("info", message))

    async def warning(self, message: str, urn: str = "") -> None:
        self.messages.append(("warning", message))

    async def status(self, message: str, urn: str = "", *, warning: bool = False) -> None:
        async with self._changed:
            self.statuses.append(message)
            self._changed.notify_all()


class Caller:
    """One provider, configured as the engine would."""

    def __init__(self, make: Callable[[EngineLog], KubernetesProvider] = KubernetesProvider) -> None:
        self.log = Logged()
        self.provider = make(self.log)

    async def call(self, method: str, request: Message) -> Any:
        """:raises CallFailed: the provider refused"""
        return await getattr(self.provider, method)(request, _Context())

    async def configure(self, **options: str) -> None:
        variables = {f"kubernetes:config:{key}": value for key, value in options.items()}
        await self.call("Configure", provider_pb2.ConfigureRequest(variables=variables, acceptSecrets=True))

    async def close(self) -> None:
        await self.provider._cluster.close()


async def caller_on(kubeconfig: Path, **options: str) -> Caller:
    caller = Caller()
    await caller.configure(kubeconfig=str(kubeconfig), **options)
    return caller


def urn(token: str, name: str = "it") -> str:
    return f"urn:pulumi:test::project::{token}::{name}"


def without(mapping: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in mapping.items() if key not in keys}
