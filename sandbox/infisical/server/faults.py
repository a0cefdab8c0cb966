"""
Faults that a test orders: what goes wrong, at which request.

A fault applies before the request is handled, or after it. In the second case the server has made the change and only
the answer is lost: clients that retry must handle this.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Literal

FaultKind = Literal["status", "missing", "hang", "close", "latency"]


@dataclass(frozen=True)
class Fault:
    """
    :param kind: `status` answers with an error, `missing` as if there were no such route, `hang` never answers,
        `close` ends the connection without an answer, `latency` only delays
    :param at: the first request that it applies to, 1 for the next matching one
    :param times: how many requests it applies to; 0 for all from then on
    :param method: only this method; `*` for any
    :param path: only these paths; `*` matches any characters
    :param after: the request is handled first
    :param status: for `status`
    :param seconds: for `latency`
    """

    kind: FaultKind
    at: int = 1
    times: int = 1
    method: str = "*"
    path: str = "*"
    after: bool = False
    status: int = 500
    seconds: float = 0.0

    def fits(self, method: str, path: str) -> bool:
        return fnmatchcase(method, self.method) and fnmatchcase(path, self.path)


class Faults:
    """The ordered faults, each with the number of requests that matched it so far."""

    def __init__(self) -> None:
        self._orders: list[tuple[Fault, list[int]]] = []

    def order(self, **facts: Any) -> None:
        self._orders.append((Fault(**facts), [0]))

    def clear(self) -> None:
        self._orders.clear()

    def due(self, method: str, path: str) -> list[Fault]:
        """The faults that apply to this request, which is counted."""
        due = []
        for fault, seen in self._orders:
            if fault.fits(method, path):
                seen[0] += 1
                if seen[0] >= fault.at and (not fault.times or seen[0] < fault.at + fault.times):
                    due.append(fault)
        return due
