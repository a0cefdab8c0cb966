"""The output of a child process while it runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from plugins.language.child import GRACE_SECONDS, Child

CHUNK = 64 * 1024


async def output(child: Child) -> AsyncIterator[tuple[str, bytes]]:
    """
    Yield ('stdout' or 'stderr', bytes) until the process has ended.

    The stream ends with the process, even if a child of the process keeps its output open.
    """
    pieces: asyncio.Queue[tuple[str, bytes] | None] = asyncio.Queue()
    copies = asyncio.gather(
        _copy("stdout", child.stdout, pieces),
        _copy("stderr", child.stderr, pieces),
    )

    async def close_with_the_process() -> None:
        await child.wait()
        child.interrupt()
        await asyncio.wait([copies], timeout=GRACE_SECONDS)
        await pieces.put(None)

    closing = asyncio.create_task(close_with_the_process())
    try:
        while (piece := await pieces.get()) is not None:
            yield piece
    finally:
        closing.cancel()
        copies.cancel()
        # asyncio reports a cancelled task that nothing awaits on stderr, where the user sees it.
        await asyncio.gather(closing, copies, return_exceptions=True)


async def _copy(
    name: str, stream: asyncio.StreamReader | None, pieces: asyncio.Queue[tuple[str, bytes] | None]
) -> None:
    assert stream
    while data := await stream.read(CHUNK):
        await pieces.put((name, data))
