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


def add_backup(parser: argparse.ArgumentParser, metavar: str = "DIR", *, is_optional: bool = False) -> None:
    """
    The backup that the command is about, and `--identity`.

    :param is_optional: without it, the command is about the folders of the declaration
    """
    about = "a backup, or a folder of backups: its newest one"
    if is_optional:
        about += " (default: those in `to` in homelab:backup)"
    parser.add_argument("backup", type=Path, nargs="?" if is_optional else None, metavar=metavar, help=about)
    add_identity(parser, "an age identity, or an SSH private key; may be repeated (default: gpg's secret key)")


def add_identity(parser: argparse.ArgumentParser, about: str) -> None:
    """:param about: its help"""
    parser.add_argument("--identity", type=Path, action="append", default=[], metavar="FILE", help=about)


def add_targets(parser: argparse.ArgumentParser, about: str = "a folder of backups", *, option: str = "--to") -> None:
    """The folders of backups, and where the declaration is that has them otherwise."""
    parser.add_argument(
        option,
        type=Path,
        action="append",
        default=[],
        metavar="DIR",
        help=f"{about}; may be repeated (default: `to` in homelab:backup)",
    )
    add_stack(parser)


def add_stack(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--project", type=Path, default=Path(), help="the folder with Pulumi.yaml (default: this one)")
    parser.add_argument("--stack", default="homelab", help="the stack (default: homelab)")


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
