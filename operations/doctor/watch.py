"""`--watch`: examines again and again."""

from __future__ import annotations

import datetime
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence

from operations.doctor.chain import Result
from operations.doctor.examination import Target, examined
from operations.doctor.findings import Finding
from operations.doctor.reading.observe import RefusedLogin
from operations.doctor.report import HEALTHY, as_json, summary, text

CLEAR = "\033[H\033[2J"


def watch(target: Target, seconds: int, *, as_lines: bool, pause: Callable[[float], None] = time.sleep) -> int:
    """
    Until it is interrupted. In a terminal, draw each examination again; elsewhere, append what has changed.

    :param as_lines: one line of JSON for each examination
    """
    refused = RefusedLogin()
    before: Sequence[Result] | None = None
    try:
        while True:
            results = examined(target, refused)
            now = f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M:%S} UTC"
            if as_lines:
                print(json.dumps({"time": now, **as_json(results)}, ensure_ascii=False))
            elif sys.stdout.isatty():
                print(f"{CLEAR}{text(results)}\n\n{now}, again in {seconds} s. Ctrl-C ends it.")
            elif before is None:
                print(f"{now}\n{text(results)}")
            else:
                for line in changes(before, results):
                    print(f"{now} {line}")
            sys.stdout.flush()
            before = results
            pause(seconds)
    except KeyboardInterrupt:
        return HEALTHY


def changes(before: Sequence[Result], after: Sequence[Result]) -> Iterator[str]:
    """A line for each finding that came or went, and a summary if there is any."""
    old, new = _findings(before), _findings(after)
    for key, each in new.items():
        if key not in old:
            yield f"new: {each.what}: {', '.join(each.where)}. Fix: {'; '.join(each.fix.splitlines())}"
    for key, each in old.items():
        if key not in new:
            yield f"gone: {each.what}: {', '.join(each.where)}"
    if old.keys() != new.keys():
        yield summary(after)


def _findings(results: Sequence[Result]) -> dict[tuple[str, str, tuple[str, ...]], Finding]:
    return {(each.id, each.what, each.where): each for result in results for each in result.outcome.findings}
