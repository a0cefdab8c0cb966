"""A plugin that stops reports no cancelled call, and every other error."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.checkout import CHECKOUT

SCRIPT = """
import asyncio
from tooling.plugin.process import hide_cancelled_calls

class Raising:
    def __del__(self):
        raise {error}

async def main():
    loop = asyncio.get_running_loop()
    hide_cancelled_calls(loop)
    Raising()
    loop.call_exception_handler({{"message": "from the loop", "exception": {error}}})

asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("error", "reported"), [("asyncio.CancelledError()", 0), ("ValueError('of a call')", 2)], ids=["cancelled", "other"]
)
def test_only_other_errors_are_reported(error: str, reported: int) -> None:
    argv = [sys.executable, "-c", SCRIPT.format(error=error)]
    done = subprocess.run(argv, cwd=CHECKOUT, capture_output=True, text=True, check=True)

    assert done.stderr.count("ValueError: of a call") == reported
    assert bool(done.stderr) == bool(reported)
