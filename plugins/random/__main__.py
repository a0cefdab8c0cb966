"""Serve the random provider: `python -m plugins.random <engine address>`."""

from __future__ import annotations

import plugins.protocol.sdk  # noqa: F401  (first: keeps the SDK itself from being loaded)

# isort: split
import grpc.aio
from pulumi.runtime.proto import provider_pb2_grpc

from plugins.protocol.engine import EngineLog
from plugins.protocol.server import engine_address, serve
from plugins.random.provider import RandomProvider


def add_to_server(server: grpc.aio.Server) -> None:
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(RandomProvider(EngineLog(engine_address())), server)


serve(add_to_server)
