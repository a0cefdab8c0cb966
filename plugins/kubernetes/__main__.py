"""`python -m plugins.kubernetes <engine address>`: serve the provider until the engine ends it."""

from __future__ import annotations

import plugins.protocol.sdk  # noqa: F401  (first: keeps the SDK itself from being loaded)

# isort: split
from collections.abc import Callable

import grpc.aio
from pulumi.runtime.proto import provider_pb2_grpc

from plugins.kubernetes.provider.service import KubernetesProvider
from plugins.protocol.engine import EngineLog
from plugins.protocol.server import engine_address, serve


def main(make: Callable[[EngineLog], KubernetesProvider] = KubernetesProvider) -> None:
    providers: list[KubernetesProvider] = []

    def add_to_server(server: grpc.aio.Server) -> None:
        # Its channel to the engine belongs to the event loop that runs here.
        providers.append(make(EngineLog(engine_address())))
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(providers[0], server)

    def cancel() -> None:
        for provider in providers:
            provider.cancel_all()

    serve(add_to_server, cancel)


if __name__ == "__main__":
    main()
