"""`python -m drill BACKUP`: the only place of the drill that prints and that turns errors into exit codes."""

from __future__ import annotations

import argparse
import datetime
import getpass
import hmac
import json
import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import Final

from rich.console import Console

from declaration.objects import INFISICAL_NAMESPACE, INFISICAL_SECRETS
from drill.comparison import compare
from drill.opened import Opened, open_backup
from drill.recovery import Recovered, place, recovered
from drill.result import Result, as_json, as_text
from operations.backup.options import NOT_ALL, PAGE, add_backup, reported
from operations.backup.parts.contents import AUTH_SECRET, ENCRYPTION_KEY
from operations.errors import OperationError
from operations.expected import expected_of
from tooling.stack.workspace import CHECKOUT
from tooling.toolchain import ensure_tools
from tooling.toolchain.progress import Reporter

NAME: Final = "python -m drill"
PASSPHRASE, PASSPHRASE_FILE = "PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"

_STARTED_WITH: Final = {ENCRYPTION_KEY: "ENCRYPTION_KEY", AUTH_SECRET: "AUTH_SECRET"}
"""By name in `bootstrap.json`, the key of Infisical's Secret."""


def main(arguments: list[str]) -> int:
    """Return the exit code: 0, 1 if a Secret did not come back as it was, 2 for an error, 130 when interrupted."""
    parser = argparse.ArgumentParser(
        prog=NAME,
        description="Recover a backup on a sandbox of its own on this machine, and compare every app's Secret with the "
        f"backup. Your cluster, state and stack file are not touched. See {PAGE}.",
    )
    add_backup(parser, "BACKUP")
    parser.add_argument(
        "--project", type=Path, default=Path(), help="the folder with the apps' files (default: this one)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON; progress goes to stderr")
    asked = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, _end)
    return reported(lambda: _drill(asked), "The sandbox of the drill is removed.")


def _end(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _drill(asked: argparse.Namespace) -> int:
    reporter = Reporter(Console(stderr=True, soft_wrap=True))
    backup = open_backup(asked.backup, asked.identity, lambda: passphrase(os.environ))
    for line in backup.verified:
        reporter.say(line)
    tools = ensure_tools(reporter, ours=[CHECKOUT / ".sandbox"])
    with place(reporter) as folder:
        began = time.monotonic()
        with recovered(backup, asked.project.absolute(), folder, tools, reporter) as found:
            result = examined(backup, found, time.monotonic() - began)
    if asked.json:
        print(json.dumps(as_json(result), indent=1))
    else:
        print("\n".join(("", *as_text(result))))
    return 0 if result.is_whole else NOT_ALL


def examined(backup: Opened, found: Recovered, seconds: float) -> Result:
    """Compare a recovered homelab with its backup."""
    expected = [expected_of(secret, found.homelab, "") for app in found.homelab.apps for secret in app.secrets]
    held = found.secrets()
    own = held.get((INFISICAL_NAMESPACE, INFISICAL_SECRETS), {})
    now = datetime.datetime.now(datetime.UTC)
    return Result(
        backup=str(backup.folder),
        manifest=backup.manifest,
        age_seconds=(now - backup.manifest.created).total_seconds(),
        recovery_seconds=seconds,
        compared=tuple(compare(expected, backup.values, held)),
        wrong_keys=tuple(
            name
            for name, key in _STARTED_WITH.items()
            if name in backup.bootstrap
            if not hmac.compare_digest(own.get(key, b""), backup.bootstrap[name].encode())
        ),
        undeclared=found.undeclared,
        dump=found.dump,
    )


def passphrase(environment: Mapping[str, str]) -> str:
    """
    The stack's passphrase, from where pulumi takes it.

    :raises OperationError: nobody can be asked
    """
    if PASSPHRASE in environment:
        return environment[PASSPHRASE]
    if file := environment.get(PASSPHRASE_FILE):
        return Path(file).read_text().strip()
    if not sys.stdin.isatty():
        what = "The passphrase of the stack is missing"
        fix = f"set {PASSPHRASE} or {PASSPHRASE_FILE}, then run the command again"
        raise OperationError(what, found="no such variable, and stdin is not a terminal", fix=fix)
    return getpass.getpass("Passphrase of the stack: ")
