"""`python -m plugins.command <engine address>`: the provider's process."""

from __future__ import annotations

import plugins.protocol.sdk  # noqa: F401  (first: keeps the SDK itself from being loaded)

# isort: split
from collections.abc import Callable

import grpc.aio
from pulumi.runtime.proto import provider_pb2_grpc

from plugins.command.provider import CommandProvider
from plugins.protocol.engine import EngineLog
from plugins.protocol.server import engine_address, serve


def main(make: Callable[[EngineLog], CommandProvider] = CommandProvider) -> None:
    providers: list[CommandProvider] = []

    def add_to_server(server: grpc.aio.Server) -> None:
        # The log's channel belongs to the event loop, which runs only from here on.
        providers.append(make(EngineLog(engine_address())))
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(providers[0], server)

    serve(add_to_server, cancel=lambda: providers[0].cancel())


if __name__ == "__main__":
    main()
