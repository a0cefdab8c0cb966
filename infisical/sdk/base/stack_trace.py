"""Keeps the stack traces of the program out of the state."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def without_stack_trace() -> Iterator[None]:
    """
    Let resources that are constructed here have no stack trace in the state: it is half of a small resource.

    A declaration is data, so the trace would name the same lines of the program for each app. After an edit of those
    lines, the next update would write the state once for each resource.
    """
    # The SDK takes the trace with `traceback.extract_stack`, which has no more frames than this.
    before = getattr(sys, "tracebacklimit", None)
    sys.tracebacklimit = 1
    try:
        yield
    finally:
        if before is None:
            del sys.tracebacklimit
        else:
            sys.tracebacklimit = before
