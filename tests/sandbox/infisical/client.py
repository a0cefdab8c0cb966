"""A minimal HTTP client: one request, one answer."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tests.waiting import PATIENCE_SECONDS


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: Any


def send(
    url: str,
    method: str,
    path: str,
    body: object = None,
    *,
    token: str | None = None,
    headers: dict[str, str] | None = None,
) -> Answer:
    """
    :param body: sent as JSON; a text is sent as it is
    """
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE_SECONDS)
    sent = dict(headers or {}) | ({"Authorization": f"Bearer {token}"} if token else {})
    if body is not None:
        sent["Content-Type"] = "application/json"
    try:
        text = body if isinstance(body, str) else None if body is None else json.dumps(body)
        connection.request(method, path, text, sent)
        response = connection.getresponse()
        answer = response.read()
    finally:
        connection.close()
    seen = {name.lower(): value for name, value in response.getheaders()}
    return Answer(response.status, seen, json.loads(answer) if answer else None)
