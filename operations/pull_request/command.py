"""
Prints a Markdown report to stdout: what a change would do.

It runs the programs of both revisions as this user. Preview an untrusted change only on a machine without secrets.
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
from operations.pull_request.comparison import compare_deployed, compare_offline
from operations.pull_request.revision import WORKING_TREE, Revision, resolve
from tooling.errors import ToolingError
from tooling.processes.run import LONGEST_SECONDS
from tooling.stack.workspace import CHECKOUT
from tooling.toolchain.progress import Reporter

STOP, NO_REPORT, INTERRUPTED = 1, 2, 130

_SIGNALS: Final = (signal.SIGTERM, signal.SIGHUP)


def main(arguments: list[str]) -> int:
    """
    Return the exit code: 0, 1 if the report lists a reason to stop, 2 if there is no report, 130 when interrupted.
    """
    parser = argparse.ArgumentParser(prog="python -m operations preview-pr", description=__doc__)
    parser.add_argument(
        "--base",
        required=True,
        help="the git revision to compare with, such as origin/main; what only the base has counts as removed",
    )
    parser.add_argument("--head", help="the git revision to preview (default: the working tree)")
    parser.add_argument("--repository", type=Path, default=CHECKOUT, help="the project (default: this checkout)")
    parser.add_argument("--stack", default="homelab", help="whose stack file to read (default: homelab)")
    parser.add_argument(
        "--deployed",
        action="store_true",
        help="preview the working tree on the deployed stack that PULUMI_STACK or `pulumi stack select` selects",
    )
    parser.add_argument(
        "--timeout-seconds",
        type=float,
        default=LONGEST_SECONDS,
        metavar="SECONDS",
        help=f"how long each run of pulumi may take (default: {LONGEST_SECONDS:.0f})",
    )
    asked = parser.parse_args(arguments)
    if asked.deployed and asked.head:
        parser.error("--deployed previews the working tree; remove --head")
    previous = {number: signal.signal(number, _interrupt) for number in _SIGNALS}
    reporter = Reporter(Console(stderr=True, highlight=False, soft_wrap=True))
    try:
        repository = asked.repository.absolute()
        base = resolve(repository, asked.base)
        head = resolve(repository, asked.head) if asked.head else WORKING_TREE
        return _report(asked, repository, base, head, reporter)
    except (OperationError, ToolingError) as error:
        print(f"error: {error}", file=sys.stderr)
        return NO_REPORT
    except KeyboardInterrupt:
        print("Interrupted. Nothing was changed.", file=sys.stderr)
        return INTERRUPTED
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _report(asked: argparse.Namespace, repository: Path, base: Revision, head: Revision, reporter: Reporter) -> int:
    stack, longest = asked.stack, asked.timeout_seconds
    if asked.deployed:
        report, redaction = compare_deployed(repository, base, stack, reporter, longest)
    else:
        report, redaction = compare_offline(repository, base, head, stack, reporter, longest)
    sys.stdout.write(redaction.hide(report.to_markdown()))
    return 0 if report.is_clean else STOP


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
