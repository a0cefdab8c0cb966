"""
`python -m operations preview-pr --base REVISION`: prints the report, and nothing else, on stdout.

Both revisions' programs are run, as this user: a stranger's change is for a machine with nothing on it to steal.
"""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Final

from rich.console import Console

from operations.errors import OperationError
from operations.pull_request.comparison import compare_offline, compare_on_sandbox
from operations.pull_request.revision import WORKING_TREE, Revision, resolve
from tooling.errors import SandboxError
from tooling.stack.workspace import CHECKOUT
from tooling.toolchain.progress import Reporter

STOP, NOT_MADE, INTERRUPTED = 1, 2, 130

_SIGNALS: Final = (signal.SIGTERM, signal.SIGHUP)


def main(arguments: list[str]) -> int:
    """
    The exit code: 0; 1 where the report says what stops the change; 2 where there is no report; 130 when interrupted.
    """
    parser = argparse.ArgumentParser(prog="python -m operations preview-pr", description=__doc__)
    parser.add_argument(
        "--base",
        required=True,
        help="the git revision to compare with, such as origin/main; what it has and the head lacks is told as removed",
    )
    parser.add_argument("--head", help="the git revision to preview; the working tree unless given")
    parser.add_argument("--repository", type=Path, default=CHECKOUT, help="the project's folder; this one unless given")
    parser.add_argument("--stack", default="homelab", help="whose config is declared; homelab unless given")
    parser.add_argument("--sandbox", action="store_true", help="preview the working tree on the sandbox (make up)")
    asked = parser.parse_args(arguments)
    if asked.sandbox and (asked.head or asked.repository != CHECKOUT or asked.stack != "homelab"):
        parser.error("--sandbox previews the working tree of this checkout: give it --base alone")
    previous = {number: signal.signal(number, _interrupt) for number in _SIGNALS}
    reporter = Reporter(Console(stderr=True, highlight=False, soft_wrap=True))
    try:
        repository = asked.repository.absolute()
        base = resolve(repository, asked.base)
        head = resolve(repository, asked.head) if asked.head else WORKING_TREE
        return _report(asked.sandbox, repository, base, head, asked.stack, reporter)
    except (OperationError, SandboxError) as error:
        print(f"error: {error}", file=sys.stderr)
        return NOT_MADE
    except KeyboardInterrupt:
        print("interrupted: nothing was changed", file=sys.stderr)
        return INTERRUPTED
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _report(sandbox: bool, repository: Path, base: Revision, head: Revision, stack: str, reporter: Reporter) -> int:
    if sandbox:
        report, redaction = compare_on_sandbox(repository, base, reporter)
    else:
        report, redaction = compare_offline(repository, base, head, stack, reporter)
    sys.stdout.write(redaction.hide(report.to_markdown()))
    return 0 if report.is_clean else STOP


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
