"""
`python -m plugins.kubernetes.offline <engine address>`: the provider without a cluster, and without a file.

For a preview of code that nobody has reviewed, on a state that is thrown away: it checks and compares as the
provider does, takes each object for made, and finds each one that is looked up. The official provider would render
into a directory instead, which has Secrets in clear then, and cannot look anything up without a cluster.
"""

from __future__ import annotations

import plugins.protocol.sdk  # noqa: F401  (first: keeps the SDK itself from being loaded)

# isort: split
from collections.abc import Mapping
from dataclasses import replace

from plugins.kubernetes.__main__ import main
from plugins.kubernetes.config import Config
from plugins.kubernetes.manifest import Manifest
from plugins.kubernetes.provider import KubernetesProvider
from plugins.kubernetes.rendering import Rendering
from plugins.protocol.properties import Value
from tooling.plugin.engine_log import EngineLog


class Nowhere(Rendering):
    """Takes each object for rendered, and writes none; so there is nothing to warn of."""

    def __init__(self) -> None:
        super().__init__("", EngineLog(None))

    async def delete(self, urn: str, state: Mapping[str, Value]) -> None:
        """There is no file to remove."""

    async def _render(self, urn: str, inputs: Manifest) -> None:
        """There is no file to write."""


class OfflineKubernetesProvider(KubernetesProvider):
    """Whatever cluster or directory a program names, it reaches neither."""

    def _configure(self, config: Config) -> None:
        super()._configure(replace(config, kubeconfig="", context="", cluster="", render_to=""))
        self._rendering = Nowhere()


if __name__ == "__main__":
    main(OfflineKubernetesProvider)
