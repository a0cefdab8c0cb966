"""`python -m operations COMMAND`."""

from __future__ import annotations

import importlib
import sys
from typing import Final

COMMANDS: Final = {
    "preview-pr": "operations.pull_request",
    "rotate-encryption-key": "operations.encryption_key",
}
"""Each subcommand's module, imported only when it is asked for; its `main(arguments)` gives the exit code."""


def main(arguments: list[str]) -> int:
    """The exit code of the subcommand that is named first; 2 where none is."""
    command, *rest = arguments or [""]
    if command not in COMMANDS:
        print(f"usage: python -m operations {{{','.join(COMMANDS)}}} …", file=sys.stderr)
        return 2
    code: int = importlib.import_module(COMMANDS[command]).main(rest)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
