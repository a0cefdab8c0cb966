"""`pulumi-language-python [flags] <engine address>`."""

from __future__ import annotations

import tooling.plugin.sdk  # noqa: F401  (first: keeps the SDK itself from being loaded)

# isort: split
from pulumi.runtime.proto import language_pb2_grpc

from plugins.language.child import Children
from plugins.language.host import LanguageHost
from tooling.plugin.process import serve


def main() -> None:
    """Serve until the engine sends an interrupt or ends."""
    children = Children()
    serve(
        lambda log: LanguageHost(log.address, children),
        language_pb2_grpc.add_LanguageRuntimeServicer_to_server,
        cancel=lambda host: children.interrupt(),
    )


if __name__ == "__main__":
    main()
