"""
`python -m plugins.command.offline <engine address>`: the provider that runs no command.

For a preview of code that nobody has reviewed, on a state that is thrown away: it checks and compares as the
provider does, and takes each command for run, with nothing printed.
"""

from __future__ import annotations

import plugins.protocol.sdk  # noqa: F401  (first: keeps the SDK itself from being loaded)

# isort: split
from plugins.command.__main__ import main
from plugins.command.provider import CommandProvider, Kind
from plugins.protocol.properties import Properties, Value


class OfflineCommandProvider(CommandProvider):
    """Says of every command that it ended well and printed nothing."""

    async def _run(self, kind: Kind, urn: str, command: Value, inputs: Properties, previous: Properties) -> Properties:
        return {"stdout": "", "stderr": ""}


if __name__ == "__main__":
    main(OfflineCommandProvider)
