"""
A pytest plugin that shows how far the tests are, instead of one character for each test. `make test` loads it.

One line for each twentieth of the tests, with the areas that run: the folders of tests/, or one below where a folder
is large. A failed test has a line of its own, at once.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

import pytest

STEP_PERCENT: Final = 5
STEP_SECONDS: Final = 60.0
"""A line at least this often, as long as tests end."""

DIVIDED: Final = ("infisical", "operations", "plugins", "sandbox")


def area_of(test: str) -> str:
    """The area of a test, by its id."""
    parts = test.partition("::")[0].split("/")[1:-1]
    return "/".join(parts[: 2 if parts[:1] and parts[0] in DIVIDED else 1]) or "tests"


class Progress:
    """
    Counts the tests that have ended.

    :param write: writes a line
    """

    def __init__(self, write: Any) -> None:
        self._write = write
        self._began = self._shown_at = time.monotonic()
        self._shown_percent = 0
        self.failed = 0
        self.done: Counter[str] = Counter()
        self.all: Counter[str] = Counter()

    def expect(self, tests: Iterable[str]) -> None:
        self.all = Counter(map(area_of, tests))

    def end(self, test: str, *, failed: bool) -> None:
        """Count a test."""
        self.done[area_of(test)] += 1
        if failed:
            self.failed += 1
            self._write(f"{self._clock()}  failed: {test}")
        percent = 100 * self.done.total() // max(self.all.total(), 1)
        now = time.monotonic()
        if percent >= self._shown_percent + STEP_PERCENT or now >= self._shown_at + STEP_SECONDS:
            self._shown_percent, self._shown_at = percent - percent % STEP_PERCENT, now
            self._write(self._line(percent))

    def _line(self, percent: int) -> str:
        """The areas that have begun and have not ended; the others need no place."""
        running = [f"{area} {done}/{self.all[area]}" for area, done in self.done.items() if done < self.all[area]]
        failed = f", {self.failed} failed" if self.failed else ""
        return f"{self._clock()}  {percent:3} %{failed}  {', '.join(sorted(running))}".rstrip()

    def _clock(self) -> str:
        minutes, seconds = divmod(int(time.monotonic() - self._began), 60)
        return f"{minutes:3}:{seconds:02}"


class Plugin:
    """The hooks: in the main process only."""

    def __init__(self, config: pytest.Config) -> None:
        reporter: Any = config.pluginmanager.getplugin("terminalreporter")
        self._progress = Progress(reporter.write_line)
        self._failed: set[str] = set()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Without xdist."""
        self._progress.expect(item.nodeid for item in session.items)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any, ids: list[str]) -> None:
        """Each process of xdist has the same tests."""
        self._progress.expect(ids)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self._failed.add(report.nodeid)
        if report.when == "teardown":
            self._progress.end(report.nodeid, failed=report.nodeid in self._failed)

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """No character for a test that passed."""
        return ("passed" if report.when == "call" else "", "", "") if report.passed else None


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    if "PYTEST_XDIST_WORKER" not in os.environ and not config.option.verbose:
        config.pluginmanager.register(Plugin(config), "progress")
