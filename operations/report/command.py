"""
Writes what the homelab's secrets are: each key with its source, age, delivery, and the workloads that read it.

It reads what the doctor reads, and changes nothing. No secret value is in a report.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path
from typing import Final

from operations.doctor.command import guarded
from operations.doctor.examination import Target, examination
from operations.doctor.reading.observe import RefusedLogin
from operations.doctor.report import exit_code, summary
from operations.errors import OperationError
from operations.report.content import Content
from operations.report.gather import content_of
from operations.report.markdown import as_markdown
from operations.report.metrics import as_metrics
from operations.report.page.document import as_html
from tooling.private_file import write_whole

NAME: Final = "python -m operations report"
DEFAULT: Final = Path("report.html")
STDOUT: Final = Path("-")
PRIVATE: Final = 0o600
READABLE: Final = 0o644
"""The mode of the metrics: node_exporter reads them as another user."""


def main(arguments: list[str]) -> int:
    """Return the doctor's exit code: 0 if nothing is wrong, 1 for warnings only, 2 for errors, also of the report."""
    asked = _parser().parse_args(arguments)
    return guarded(lambda: _write(asked), "report")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=NAME, description=__doc__)
    parser.add_argument(
        "--to", type=Path, metavar="FILE", help=f"an HTML page (default without the next two: {DEFAULT})"
    )
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="tables in Markdown; - for stdout")
    parser.add_argument(
        "--metrics", type=Path, metavar="FILE", help="metrics for the textfile collector of node_exporter"
    )
    parser.add_argument("--app", metavar="APP", help="only the Secrets of this app")
    parser.add_argument("--project", type=Path, default=Path(), help="the folder with Pulumi.yaml (default: this one)")
    parser.add_argument("--stack", default="homelab", help="the stack (default: homelab)")
    return parser


def _write(asked: argparse.Namespace) -> int:
    to: Path | None = asked.to or (None if asked.markdown or asked.metrics else DEFAULT)
    to_stdout = asked.markdown == STDOUT
    markdown: Path | None = None if to_stdout else asked.markdown
    _check(to, "--to", (".html", ".htm"), "a browser opens")
    _check(asked.metrics, "--metrics", (".prom",), "node_exporter reads")
    _check(markdown, "--markdown", (".md", ".markdown"), "are Markdown")
    found = examination(Target(asked.app, asked.project, asked.stack), RefusedLogin())
    content = content_of(found, asked.stack.rpartition("/")[2], app=asked.app)
    if to_stdout:
        print(as_markdown(content), end="")
    said = sys.stderr if to_stdout else sys.stdout
    for file, written, mode in (
        (to, as_html, PRIVATE),
        (markdown, as_markdown, PRIVATE),
        (asked.metrics, as_metrics, READABLE),
    ):
        if file:
            _save(file, written(content), mode)
            print(f"Wrote {file}", file=said)
    print(_counted(content), file=said)
    print(summary(found.results), file=said)
    return exit_code(found.results)


def _counted(content: Content) -> str:
    counts = content.counts
    parts = [f"{counts.undelivered} undelivered", f"{counts.overdue} overdue"]
    parts += [f"{counts.unknown} not checked"] * bool(counts.unknown)
    return f"{counts.keys} keys: {', '.join(parts)}."


def _check(file: Path | None, option: str, endings: tuple[str, ...], purpose: str) -> None:
    """A wrong name would replace a file of another kind, or write one that nothing reads."""
    if file is None:
        return
    what = f"{option} {file}: not written"
    if file.suffix not in endings:
        expected = f"a name that ends with {endings[0]}: such files {purpose}"
        raise OperationError(what, expected=expected, fix=f"correct {option}")
    if not file.parent.is_dir():
        fix = f"`mkdir -p {shlex.quote(str(file.parent))}`, then run the command again"
        raise OperationError(what, found=f"no folder {file.parent}", expected="a folder that exists", fix=fix)


def _save(file: Path, text: str, mode: int) -> None:
    try:
        write_whole(file, text, mode)
    except OSError as error:
        what, found = f"{file}: not written", error.strerror or str(error)
        raise OperationError(what, found=found, fix="correct this, then run the command again") from error
