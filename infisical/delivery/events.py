"""The newest warnings about an object: they quote the store's error, which the conditions leave out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from tooling.kubernetes.errors import KubernetesError

if TYPE_CHECKING:
    from tooling.kubernetes.connection import Connection

CLUSTER_SCOPED: Final = "default"
"""The namespace that holds the events of objects without one."""

NEWEST: Final = 2
LONGEST: Final = 700
_REQUEST_ID: Final = re.compile(r" ?\[reqId=[^\]]*\]")


async def warnings(connection: Connection, namespace: str, kind: str, name: str) -> list[str]:
    """
    The newest first, at most two different ones, each with its time; or one line that says why there are none.

    The operator writes no value into an event. The caller hides known values in any case.
    """
    about = f"involvedObject.kind={kind},involvedObject.name={name},type=Warning"
    path = f"/api/v1/namespaces/{namespace}/events"
    try:
        listed = await connection.get(path, {"fieldSelector": about})
    except KubernetesError as error:
        return [f"events cannot be read: {error}"]
    newest = {_words(event): _time(event) for event in sorted((listed or {}).get("items") or [], key=_time)}
    lines = sorted(((time, words) for words, time in newest.items()), reverse=True)
    return [f"{time or 'no time'} {words}" for time, words in lines[:NEWEST]]


def _words(event: dict[str, Any]) -> str:
    # Each request has a new id; without it, the same problem has the same text.
    message = " ".join(_REQUEST_ID.sub("", str(event.get("message") or "")).split())
    shortened = message if len(message) <= LONGEST else f"{message[:LONGEST]}…"
    return f"{event.get('reason') or 'no reason'}: {shortened}"


def _time(event: dict[str, Any]) -> str:
    series = event.get("series") or {}
    times = (series.get("lastObservedTime"), event.get("lastTimestamp"), event.get("eventTime"))
    return str(next(filter(None, times), ""))
