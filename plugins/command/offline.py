"""
`python -m plugins.command.offline <engine address>`: the provider that never runs a command.

For the preview of unreviewed code on a throw-away state. It checks and compares as the provider does, and reports
that each command succeeded without output.
"""

from __future__ import annotations

import tooling.plugin.sdk  # noqa: F401  (first: keeps the SDK itself from being loaded)

# isort: split
from plugins.command.__main__ import main
from plugins.command.provider import CommandProvider
from tooling.plugin.properties import Properties, Value


class OfflineCommandProvider(CommandProvider):
    """Reports that every command succeeded without output."""

    async def _run(self, urn: str, command: Value, inputs: Properties, previous: Properties) -> Properties:
        return {"stdout": "", "stderr": ""}


if __name__ == "__main__":
    main(OfflineCommandProvider)
