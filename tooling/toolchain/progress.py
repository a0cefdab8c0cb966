"""Shows long work and what is left of it: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

LINE_EVERY_SECONDS = 15.0
QUICK_SECONDS = 1.0


class Stage:
    """One stage under way: `advance` tells how far it is."""

    def __init__(self, reporter: Reporter, title: str, bar: Progress | None, task: TaskID | None) -> None:
        self._reporter, self._title, self._bar, self._task = reporter, title, bar, task
        self._started = self._told = time.monotonic()

    def advance(self, done: int, total: int | None, unit: str) -> None:
        """
        :param done: so many are finished
        :param total: of so many at most; None when that is not known
        """
        how_far = f"{done} of {total} {unit}" if total else f"{done} {unit}"
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=done, total=total, how_far=how_far)
        elif time.monotonic() - self._told >= LINE_EVERY_SECONDS:
            self._told = time.monotonic()
            self._reporter.say(f"{self._title}: {how_far}, {self._told - self._started:.0f} s")


class Reporter:
    """
    Where progress goes.

    :param console: of the command; stdout unless told
    """

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False, soft_wrap=True)

    def say(self, line: str) -> None:
        self.console.print(line, markup=False)

    @contextlib.contextmanager
    def quick_stage(self, title: str) -> Iterator[None]:
        """A stage that is over in a moment, most of the time: it is told of only when it took one."""
        started = time.monotonic()
        yield
        if (took := time.monotonic() - started) > QUICK_SECONDS:
            self.say(f"{title}: done in {took:.0f} s")

    @contextlib.contextmanager
    def stage(self, title: str, left: str = "") -> Iterator[Stage]:
        """
        One stage from its first line to its last.

        :param left: what comes after it
        """
        started = time.monotonic()
        after = f" (then {left})" if left else ""
        if self.console.is_terminal:
            columns = (
                TextColumn("{task.description}"),
                BarColumn(),
                TextColumn("{task.fields[how_far]}"),
                TimeElapsedColumn(),
            )
            with Progress(*columns, console=self.console, transient=True) as bar:
                yield Stage(self, title, bar, bar.add_task(title + after, total=None, how_far=""))
        else:
            self.say(f"{title}: started{after}")
            yield Stage(self, title, None, None)
        self.say(f"{title}: done in {time.monotonic() - started:.0f} s")
