"""`python -m operations COMMAND`."""

from __future__ import annotations

import importlib
import sys
from typing import Final

COMMANDS: Final = {
    "preview-pr": "operations.pull_request",
    "rotate-encryption-key": "operations.encryption_key",
}
"""Each command's module, imported only when it runs. Its `main(arguments)` returns the exit code."""

NAME: Final = "python -m operations"
USAGE: Final = f"usage: {NAME} {{{','.join(COMMANDS)}}} …\n\nHelp on a command: {NAME} COMMAND --help"


def main(arguments: list[str]) -> int:
    """Run the named command, and return its exit code; 2 if there is no such command."""
    command, *rest = arguments or [""]
    if command in ("-h", "--help"):
        print(USAGE)
        return 0
    if command not in COMMANDS:
        print(f"{USAGE}\n\nerror: unknown command {command!r}" if command else USAGE, file=sys.stderr)
        return 2
    code: int = importlib.import_module(COMMANDS[command]).main(rest)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
