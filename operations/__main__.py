"""`python -m operations COMMAND`: each command is a module of this package, imported when it is asked for."""

from __future__ import annotations

import importlib
import sys
from typing import Final

COMMANDS: Final = {
    "rotate-encryption-key": "operations.encryption_key",
}
"""The module of each command: its `main` takes the further arguments and gives the exit code."""


def main(arguments: list[str]) -> int:
    """The exit code: the command's own, or 2 where there is no such command."""
    if not arguments or arguments[0] not in COMMANDS:
        print(f"usage: python -m operations {{{','.join(COMMANDS)}}} …", file=sys.stderr)
        return 2
    code: int = importlib.import_module(COMMANDS[arguments[0]]).main(arguments[1:])
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
