"""
Runs a command with the values of apps in its environment, and nowhere else.

The names are the keys of the apps' Secrets. The command replaces this process: its exit code, signals, stdin and stdout
are its own.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Mapping
from typing import Final

from operations.errors import OperationError
from operations.stack import Stack
from operations.values.access.login import CLIENT_ID, CLIENT_SECRET, find_access
from operations.values.access.server import Infisical
from operations.values.content import content_of
from operations.values.options import add_options, declared, reported
from operations.values.scope import Scope

NAME: Final = "python -m operations run"
STOP, NOT_EXECUTABLE, NOT_FOUND = 125, 126, 127
"""As `env` and `docker run`."""


def main(arguments: list[str]) -> int:
    """Replace this process by the command. Return 125 for an error, 126 or 127 if the command cannot be executed."""
    own, command = _split(arguments)
    parser = _parser()
    asked = parser.parse_args(own)
    if not command:
        parser.error("name the command to run after `--`")
    return reported(lambda: _run(asked, command), STOP)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=NAME,
        description=__doc__,
        usage=f"{NAME} [-h] [--app APP] [--project PROJECT] [--stack STACK] [--identity FILE] -- COMMAND …",
    )
    add_options(parser)
    return parser


def _split(arguments: list[str]) -> tuple[list[str], list[str]]:
    """The options, and the command after `--`."""
    at = arguments.index("--") if "--" in arguments else len(arguments)
    return arguments[:at], arguments[at + 1 :]


def _run(asked: argparse.Namespace, command: list[str]) -> int:
    homelab = declared(asked)
    scope = Scope.of(homelab, asked.app)
    access = find_access(homelab, lambda: Stack(asked.project, asked.stack), asked.identity, os.environ)
    content = content_of(scope, Infisical(access, homelab))
    if content.unknown:
        print(f"note: not set, because only the operator knows them: {', '.join(content.unknown)}", file=sys.stderr)
    environment = _environment(content.values)
    sys.stdout.flush()
    sys.stderr.flush()
    # Python ignores these signals, and a command would inherit that.
    own = {number: signal.signal(number, signal.SIG_DFL) for number in (signal.SIGPIPE, signal.SIGXFSZ)}
    try:
        os.execvpe(command[0], command, environment)
    except OSError as error:
        print(f"error: {command[0]} cannot be executed: {error.strerror}", file=sys.stderr)
        return NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_EXECUTABLE
    finally:
        for number, handler in own.items():
            signal.signal(number, handler)


def _environment(values: Mapping[str, bytes]) -> dict[bytes, bytes]:
    """This process's variables and the values, without the login to Infisical."""
    unfit = [name for name, value in values.items() if b"\0" in value or "=" in name]
    if unfit:
        what = "A value cannot be in an environment variable"
        found, expected = f"a null character in {', '.join(unfit)}", "text"
        raise OperationError(what, found=found, expected=expected, fix="read it from the Secret instead")
    login = {CLIENT_ID.encode(), CLIENT_SECRET.encode()}
    own = {name: value for name, value in os.environb.items() if name not in login}
    return own | {name.encode(): value for name, value in values.items()}
