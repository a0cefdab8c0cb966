"""The recorded exchanges: requests to a real Infisical server of July 2026, and its answers."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "exchanges"
# One body was not recorded, only described.
_REPEATED = re.compile(r"(.) repeated (\d+) times")


@dataclass(frozen=True)
class Exchange:
    """One request with its answer; `body` is text when it was not JSON."""

    number: int
    name: str
    method: str
    path: str
    headers: dict[str, str]
    body: Any
    status: int
    answer_headers: dict[str, str]
    answer: Any


@cache
def exchanges() -> tuple[Exchange, ...]:
    """Return all of them, in the order of the recording."""
    return tuple(_read(path) for path in sorted(FOLDER.glob("*.json")))


def _read(path: Path) -> Exchange:
    recorded = json.loads(path.read_text())
    body = recorded["request_json"]
    if isinstance(body, dict) and (described := _REPEATED.fullmatch(str(body.get("secretValue")))):
        body = body | {"secretValue": described[1] * int(described[2])}
    return Exchange(
        number=recorded["n"],
        name=path.stem,
        method=recorded["method"],
        path=recorded["path"],
        headers=recorded["request_headers"] or {},
        body=body,
        status=recorded["status"],
        answer_headers=recorded["response_headers"] or {},
        answer=recorded["response_json"],
    )
