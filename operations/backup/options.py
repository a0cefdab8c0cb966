"""What the commands about backups share."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from operations.values.options import FAILURES

NAME: Final = "python -m operations backup"
PAGE: Final = "docs/how-to/back-up.md"
NOT_ALL, STOP, INTERRUPTED = 1, 2, 130


def add_backup(parser: argparse.ArgumentParser, metavar: str = "DIR") -> None:
    """The backup that the command is about, and `--identity`."""
    parser.add_argument("backup", type=Path, metavar=metavar, help="a backup, or a folder of backups: its newest one")
    add_identity(parser, "an age identity, or an SSH private key; may be repeated (default: gpg's secret key)")


def add_identity(parser: argparse.ArgumentParser, about: str) -> None:
    """:param about: its help"""
    parser.add_argument("--identity", type=Path, action="append", default=[], metavar="FILE", help=about)


def add_targets(parser: argparse.ArgumentParser) -> None:
    """The folders of backups that the command reads."""
    parser.add_argument(
        "--to", type=Path, action="append", required=True, metavar="DIR", help="a folder of backups; may be repeated"
    )


def reported(work: Callable[[], int], interrupted: str) -> int:
    """
    Run a command's work and return its exit code, or 2 for an error.

    :param interrupted: what an interrupt has left
    """
    try:
        return work()
    except FAILURES as error:
        print(f"error: {error}", file=sys.stderr)
    except OSError as error:
        print(f"error: {error.filename or 'a file'}: {error.strerror or type(error).__name__}", file=sys.stderr)
    except KeyboardInterrupt:
        print(f"Interrupted. {interrupted}", file=sys.stderr)
        return INTERRUPTED
    return STOP
