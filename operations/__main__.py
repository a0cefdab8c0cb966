"""`python -m operations COMMAND`."""

from __future__ import annotations

import importlib
import shlex
import sys
from typing import Final

COMMANDS: Final = {
    "adopt": "operations.adopt",
    "backup": "operations.backup",
    "doctor": "operations.doctor",
    "export-values": "operations.values.export_values",
    "helm-values": "operations.helm_values",
    "import-values": "operations.values.import_values",
    "openclaw-provider": "operations.values.openclaw_provider",
    "preview-pr": "operations.pull_request",
    "report": "operations.report",
    "rotate-encryption-key": "operations.encryption_key",
    "run": "operations.values.run",
    "upgrade-check": "operations.upgrade",
}
"""Each command's module, imported only when it runs. Its `main(arguments)` returns the exit code."""

OURS: Final = ("declaration", "infisical", "operations", "tooling")

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
    try:
        module = importlib.import_module(COMMANDS[command])
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] in OURS:
            raise
        print(_without_package(error.name, arguments), file=sys.stderr)
        return 2
    code: int = module.main(rest)
    return code


def _without_package(name: str, arguments: list[str]) -> str:
    """Return a message: a Python without the packages of the project was started."""
    again = shlex.join([".venv/bin/python", *NAME.split()[1:], *arguments])
    return f"error: {sys.executable} lacks the package {name!r}; run `{again}`. `make venv` creates .venv."


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
