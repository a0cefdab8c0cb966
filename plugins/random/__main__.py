"""Serve the random provider: `python -m plugins.random <engine address>`."""

from __future__ import annotations

import tooling.plugin.sdk  # noqa: F401  (first: keeps the SDK itself from being loaded)

# isort: split
from pulumi.runtime.proto import provider_pb2_grpc

from plugins.random.provider import RandomProvider
from tooling.plugin.process import serve

serve(RandomProvider, provider_pb2_grpc.add_ResourceProviderServicer_to_server)
