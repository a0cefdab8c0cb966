"""
Errors of a provider, in the forms that the engine understands.

- `ProviderError`            a message, with a gRPC code
- `InitializationError`      the object exists but is not ready: the engine keeps it in the state, with the reasons
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import grpc
import grpc.aio
from pulumi.runtime.proto import provider_pb2, status_pb2

from tooling.plugin.properties import Value, to_struct


class ProviderError(Exception):
    """A call failed: `message` goes to the user as it is."""

    def __init__(self, message: str, code: grpc.StatusCode = grpc.StatusCode.UNKNOWN) -> None:
        super().__init__(message)
        self.message = message
        self.code = code

    def status_details(self) -> bytes | None:
        """The serialized `google.rpc.Status` to send along, or None."""
        return None


def unsupported(provider: str, found: str, expected: str, fix: str) -> ProviderError:
    """
    Return the error for what only the official provider has.

    :param provider: its name
    :param found: what the program asks for
    :param expected: what this provider has instead
    """
    message = f"{found} is not supported by this Python {provider} provider; expected {expected}. Fix: {fix}"
    return ProviderError(message, grpc.StatusCode.UNIMPLEMENTED)


class InitializationError(ProviderError):
    """
    The object was written but did not become ready.

    :param id: the resource's id
    :param properties: its outputs as they are now
    :param reasons: one sentence for each thing that is not right
    :param inputs: the inputs to keep in the state; None leaves them to the engine
    """

    def __init__(
        self,
        message: str,
        *,
        id: str,
        properties: Mapping[str, Value],
        reasons: Sequence[str],
        inputs: Mapping[str, Value] | None,
    ) -> None:
        super().__init__(message)
        self.id = id
        self.properties = properties
        self.reasons = tuple(reasons)
        self.inputs = inputs

    def status_details(self) -> bytes:
        detail = provider_pb2.ErrorResourceInitFailed(
            id=self.id,
            properties=to_struct(self.properties),
            reasons=self.reasons,
            inputs=None if self.inputs is None else to_struct(self.inputs),
        )
        status = status_pb2.Status(code=self.code.value[0], message=self.message)
        status.details.add().Pack(detail)
        return bytes(status.SerializeToString())


def answers(method: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate an rpc: a `ProviderError` becomes its status; any other exception an Unknown status with its text."""

    @functools.wraps(method)
    async def answer(self: Any, request: Any, context: grpc.aio.ServicerContext) -> Any:
        try:
            return await method(self, request, context)
        except ProviderError as error:
            details = error.status_details()
            metadata = (("grpc-status-details-bin", details),) if details else ()
            await context.abort(error.code, error.message, metadata)

    return answer
