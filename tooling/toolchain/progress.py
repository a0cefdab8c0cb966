"""Shows the progress of long work: a bar in a terminal, otherwise a line from time to time."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

LINE_EVERY_SECONDS = 15.0
QUICK_SECONDS = 1.0


class Stage:
    """A running stage; `advance` shows its progress."""

    def __init__(self, reporter: Reporter, title: str, bar: Progress | None, task: TaskID | None) -> None:
        self._reporter, self._title, self._bar, self._task = reporter, title, bar, task
        self._started = self._last_line = time.monotonic()

    def advance(self, done: int, total: int | None, unit: str) -> None:
        """
        :param done: how many are finished
        :param total: the maximum; None if unknown
        """
        progress = f"{done} of {total} {unit}" if total else f"{done} {unit}"
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=done, total=total, progress=progress)
        elif time.monotonic() - self._last_line >= LINE_EVERY_SECONDS:
            self._last_line = time.monotonic()
            self._reporter.say(f"{self._title}: {progress}, {self._last_line - self._started:.0f} s")


class Reporter:
    """
    Prints progress.

    :param console: default: stdout
    """

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False, soft_wrap=True)

    def say(self, line: str) -> None:
        self.console.print(line, markup=False)

    @contextlib.contextmanager
    def quick_stage(self, title: str) -> Iterator[None]:
        """Run a stage that is usually short. It is printed only if it took longer than a second."""
        started = time.monotonic()
        yield
        if (took := time.monotonic() - started) > QUICK_SECONDS:
            self.say(f"{title}: done in {took:.0f} s")

    @contextlib.contextmanager
    def stage(self, title: str, left: str = "") -> Iterator[Stage]:
        """
        Run one stage, with a line at its start and its end.

        :param left: the stages after it
        """
        started = time.monotonic()
        after = f" (then {left})" if left else ""
        if self.console.is_terminal:
            columns = (
                TextColumn("{task.description}"),
                BarColumn(),
                TextColumn("{task.fields[progress]}"),
                TimeElapsedColumn(),
            )
            with Progress(*columns, console=self.console, transient=True) as bar:
                yield Stage(self, title, bar, bar.add_task(title + after, total=None, progress=""))
        else:
            self.say(f"{title}: started{after}")
            yield Stage(self, title, None, None)
        self.say(f"{title}: done in {time.monotonic() - started:.0f} s")
