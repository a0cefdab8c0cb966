"""`python -m plugins.kubernetes <engine address>`: serve the provider until the engine ends it."""

from __future__ import annotations

import tooling.plugin.sdk  # noqa: F401  (first: keeps the SDK itself from being loaded)

# isort: split
from collections.abc import Callable

from pulumi.runtime.proto import provider_pb2_grpc

from plugins.kubernetes.provider.service import KubernetesProvider
from tooling.plugin.engine_log import EngineLog
from tooling.plugin.process import serve


def main(make: Callable[[EngineLog], KubernetesProvider] = KubernetesProvider) -> None:
    serve(make, provider_pb2_grpc.add_ResourceProviderServicer_to_server, cancel=KubernetesProvider.cancel_all)


if __name__ == "__main__":
    main()
