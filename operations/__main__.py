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

USAGE: Final = f"usage: python -m operations {{{','.join(COMMANDS)}}} …\n\nFor one command: … COMMAND --help"


def main(arguments: list[str]) -> int:
    """Run the command that is named first, and return its exit code; 2 if there is no such command."""
    command, *rest = arguments or [""]
    if command in ("-h", "--help"):
        print(USAGE)
        return 0
    if command not in COMMANDS:
        print(USAGE, file=sys.stderr)
        return 2
    code: int = importlib.import_module(COMMANDS[command]).main(rest)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
