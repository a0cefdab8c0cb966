"""What a command prints, kept and announced while it runs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Literal

Stream = Literal["stdout", "stderr"]

LOGGING: dict[str, frozenset[Stream]] = {
    "stdout": frozenset({"stdout"}),
    "stderr": frozenset({"stderr"}),
    "stdoutAndStderr": frozenset({"stdout", "stderr"}),
    "none": frozenset(),
}
"""The values of the `logging` input, with the streams that each announces."""


class CommandOutput:
    """
    One run's output.

    :param announce: takes each finished line of the streams that `logging` names
    :param logging: a key of `LOGGING`
    """

    def __init__(self, announce: Callable[[str], Awaitable[None]], logging: str = "stdoutAndStderr") -> None:
        self.announce = announce
        self.combined = bytearray()
        self._logged = LOGGING[logging]
        self._kept: dict[Stream, bytearray] = {"stdout": bytearray(), "stderr": bytearray()}
        self._announced: dict[Stream, int] = {"stdout": 0, "stderr": 0}

    async def receive(self, stream: Stream, chunk: bytes) -> None:
        """Keep `chunk` and announce the lines that it finishes."""
        self.combined += chunk
        kept = self._kept[stream]
        last_line = len(kept) + chunk.rfind(b"\n") + 1
        kept += chunk
        if b"\n" in chunk:
            await self._announce(stream, last_line)

    async def finish(self) -> None:
        """Announce what is left of last lines without an end."""
        for stream, kept in self._kept.items():
            await self._announce(stream, len(kept))

    def text(self, stream: Stream) -> bytes:
        """All that was printed, without its last line's end."""
        return bytes(self._kept[stream]).removesuffix(b"\n")

    async def _announce(self, stream: Stream, end: int) -> None:
        start = self._announced[stream]
        if stream not in self._logged or end <= start:
            return
        self._announced[stream] = end
        for line in self._kept[stream][start:end].decode(errors="replace").removesuffix("\n").split("\n"):
            await self.announce(line.removesuffix("\r"))
