"""Recorded exchanges with a real Infisical server, and a transport that replays them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2

FOLDER = Path(__file__).with_name("exchanges")


@dataclass(frozen=True)
class Exchange:
    """One request and its answer."""

    number: int
    title: str
    method: str
    path: str
    query: dict[str, str]
    body: Any = field(repr=False)
    status: int
    answer: Any = field(repr=False)


def exchange(number: int) -> Exchange:
    (file,) = FOLDER.glob(f"{number:03}-*.json")
    recorded = json.loads(file.read_text())
    address = urlsplit(recorded["path"])
    return Exchange(
        number=number,
        title=recorded["title"],
        method=recorded["method"],
        path=address.path,
        query=dict(parse_qsl(address.query)),
        body=recorded["request_json"],
        status=recorded["status"],
        answer=recorded["response_json"],
    )


class Replay(httpx2.AsyncBaseTransport):
    """Answers every request with the next of these exchanges; `requests` records what was sent."""

    def __init__(self, *numbers: int) -> None:
        self._answers = [exchange(number) for number in numbers]
        self.requests: list[httpx2.Request] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        answer = self._answers[len(self.requests)]
        self.requests.append(request)
        return httpx2.Response(answer.status, json=answer.answer)


def sent(request: httpx2.Request) -> tuple[str, str, dict[str, str], Any]:
    """Method, path, query and body of a request, as `Exchange` has them."""
    body = json.loads(request.content) if request.content else None
    return request.method, request.url.path, dict(parse_qsl(request.url.query.decode())), body
