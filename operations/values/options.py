"""The options and the errors that these commands share."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from declaration import Homelab
from infisical.api.errors import InfisicalError
from operations.errors import OperationError
from tooling.errors import ToolingError
from tooling.stack.declared import checked, read_declaration

NOT_ALL, STOP, INTERRUPTED = 1, 2, 130

FAILURES: Final = (OperationError, ToolingError, InfisicalError)
"""Every error that these commands report."""


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--app", metavar="APP", help="only the keys of this app")
    parser.add_argument("--project", type=Path, default=Path(), help="the folder with Pulumi.yaml (default: this one)")
    parser.add_argument("--stack", default="homelab", help="the stack (default: homelab)")
    parser.add_argument(
        "--identity", type=Path, metavar="FILE", help="a file with the login of a machine identity, mode 0600"
    )


def declared(asked: argparse.Namespace) -> Homelab[None]:
    """
    The declaration, whose values are not decrypted.

    :raises StackError: it has problems
    """
    return checked(read_declaration(asked.project, asked.stack.rpartition("/")[2]))


def reported(work: Callable[[], int], stop: int = STOP) -> int:
    """Run a command's work and return its exit code, or `stop` for an error."""
    try:
        return work()
    except FAILURES as error:
        print(f"error: {error}", file=sys.stderr)
        return stop
    except KeyboardInterrupt:
        print("Interrupted. Run the command again to continue.", file=sys.stderr)
        return INTERRUPTED
