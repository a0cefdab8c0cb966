"""
Finds what is wrong between the declaration and the apps' Secrets, with the cause and the fix.

It reads the stack file, the cluster and Infisical, changes nothing, and needs no passphrase. It logs in to Infisical
with the credentials of the store.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Final

from operations.backup.options import add_targets
from operations.doctor.examination import Target, examined
from operations.doctor.reading.observe import RefusedLogin
from operations.doctor.report import ERRORS, as_json, exit_code, text
from operations.doctor.watch import watch
from operations.values.options import reported

NAME: Final = "python -m operations doctor"
EVERY_SECONDS: Final = 30
SHORTEST_SECONDS: Final = 5
NOT_READ: Final = 141
"""As a shell reports a program that nobody listens to."""


def main(arguments: list[str]) -> int:
    """Return the exit code: 0 if nothing is wrong, 1 for warnings only, 2 for errors, also of the doctor itself."""
    asked = _parser().parse_args(arguments)
    target = Target(asked.app, asked.project, asked.stack, tuple(asked.backups))
    if asked.watch is not None:
        return guarded(lambda: watch(target, asked.watch, as_lines=asked.json))
    return guarded(lambda: _once(target, as_lines=asked.json))


def guarded(work: Callable[[], int], command: str = "doctor") -> int:
    """Also an error that nobody foresaw is exit code 2: Python's own code for it is 1, which means warnings."""
    try:
        code = reported(work)
        sys.stdout.flush()
    except BrokenPipeError:
        # What reads the output, such as head, has enough. Python would report this again when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NOT_READ
    except Exception as error:
        # Its message may quote what was read.
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{type(error).__name__} in {Path(place.filename).name}, line {place.lineno}"
        print(f"error: the {command} itself failed ({where}). Report it with this line.", file=sys.stderr)
        return ERRORS
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=NAME, description=__doc__)
    parser.add_argument("--app", metavar="APP", help="only the Secrets of this app")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument(
        "--watch",
        metavar="SECONDS",
        type=_seconds,
        nargs="?",
        const=EVERY_SECONDS,
        help=f"repeat (default: every {EVERY_SECONDS} s); outside a terminal, print only what has changed",
    )
    add_targets(parser, option="--backups")
    return parser


def _seconds(given: str) -> int:
    if not given.isdecimal() or int(given) < SHORTEST_SECONDS:
        message = f"expected an integer from {SHORTEST_SECONDS} on, found {given!r}"
        raise argparse.ArgumentTypeError(message)
    return int(given)


def _once(target: Target, *, as_lines: bool) -> int:
    results = examined(target, RefusedLogin())
    print(json.dumps(as_json(results), indent=2, ensure_ascii=False) if as_lines else text(results))
    sys.stdout.flush()
    return exit_code(results)
