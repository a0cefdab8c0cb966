"""Waiting for a condition. A busy machine is slow, which is no failure."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

PATIENCE_SECONDS: Final = 600.0
"""What is still not there after this time never comes."""

POLL_SECONDS: Final = 0.05


def eventually(condition: Callable[[], object], what: str, *, poll_seconds: float = POLL_SECONDS) -> None:
    """
    Wait until a condition is true.

    :param what: names the condition in the error
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"still not true after {PATIENCE_SECONDS:.0f} s: {what}"
        time.sleep(poll_seconds)
