"""
A pytest plugin that prints the branch coverage of all packages. `make test` loads it.

It changes the code of each module once, when the module is imported: code that has run costs nothing any more. Tracing
each line instead takes half as much CPU again as the tests themselves.
"""

from __future__ import annotations

import ast
import json
import os
import tomllib
from pathlib import Path
from typing import Any, Final

import pytest
from slipcover import FileMatcher, ImportManager, Slipcover, merge_coverage

from tests.parsing import parse_undisturbed

SETTINGS: Final = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["tool"]["slipcover"]
RESULT: Final = "branch_coverage"

# A test that starts pytest measures nothing; the processes of this run still need the variable.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.pop("PYTEST_PLUGINS", None)

# A thread can import a module while the main thread imports another.
ast.parse = parse_undisturbed
_measured = Slipcover(branch=True, source=SETTINGS["source"], exclude_also=SETTINGS["exclude-also"])
# Now, because conftest.py imports some of the packages.
ImportManager(_measured, FileMatcher(sources=SETTINGS["source"])).__enter__()
_of_the_workers: list[dict[str, Any]] = []


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """A process of xdist sends its result to the main process."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[RESULT] = json.dumps(_measured.get_coverage())


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """The main process receives the result; a process that crashed has none."""
    if RESULT in getattr(node, "workeroutput", {}):
        _of_the_workers.append(json.loads(node.workeroutput[RESULT]))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    coverage = _measured.get_coverage()
    for result in _of_the_workers:
        merge_coverage(coverage, result)
    terminalreporter.section("branch coverage")
    terminalreporter.line(f"{'lines':>6} {'missed':>6} {'branches':>8} {'missed':>6}")
    for name, file in sorted(coverage["files"].items()):
        if file["missing_lines"] or file["missing_branches"]:
            terminalreporter.line(_row(file["summary"], name))
    terminalreporter.line(_row(coverage["summary"], "in all"))


def _row(summary: dict[str, Any], name: str) -> str:
    lines = [summary["covered_lines"] + summary["missing_lines"], summary["missing_lines"]]
    branches = [summary["covered_branches"] + summary["missing_branches"], summary["missing_branches"]]
    return f"{lines[0]:6} {lines[1]:6} {branches[0]:8} {branches[1]:6} {summary['percent_covered']:4.0f} %  {name}"
