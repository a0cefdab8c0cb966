"""
Sending calls to one server: time limits, bounded retries, and errors that say what to do.

A call is sent again after 429 and after a connection that was never made, since the server has then done nothing;
after 502, 503, 504, a broken connection and a time-out only where doing it twice does no more than doing it once.
"""

from __future__ import annotations

import contextlib
import ipaddress
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2

from infisical.api.answer import Answer
from infisical.api.call import Call
from infisical.api.clock import Clock
from infisical.api.errors import InfisicalError, Unexpected, Unreachable
from infisical.api.refusals import refusal

USER_AGENT: Final = "homelab-infisical-provider"
RATE_LIMITED: Final = 429
PASSING: Final = frozenset({502, 503, 504})
NEVER_SENT: Final = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)


@dataclass(frozen=True)
class Limits:
    """How long a call may take and how often it is tried; seconds."""

    attempts: int = 5
    overall: float = 60.0
    """After so long no further attempt is begun."""
    connect: float = 5.0
    answer: float = 30.0
    first_pause: float = 0.5
    longest_pause: float = 8.0
    longest_obeyed_pause: float = 30.0


PATIENT: Final = Limits()
HURRIED: Final = Limits(attempts=1, connect=2.0, answer=10.0)
"""For questions whose answer is nice to have, such as in a preview."""

ONCE: Final = Limits(attempts=1)
"""For whoever asks again without being told to."""

_limits: ContextVar[Limits] = ContextVar("limits", default=PATIENT)


@contextlib.contextmanager
def in_a_hurry() -> Iterator[None]:
    """Within this block calls are tried once and briefly."""
    token = _limits.set(HURRIED)
    try:
        yield
    finally:
        _limits.reset(token)


@contextlib.contextmanager
def tried_once() -> Iterator[None]:
    """Within this block calls are tried once."""
    token = _limits.set(ONCE)
    try:
        yield
    finally:
        _limits.reset(token)


def hurried() -> bool:
    return _limits.get() is HURRIED


class Server:
    """An Infisical server at a base address. Close it after use."""

    def __init__(
        self, url: str, clock: Clock | None = None, transport: httpx2.AsyncBaseTransport | None = None
    ) -> None:
        self.url = url.rstrip("/")
        self.clock = clock or Clock()
        self._client = httpx2.AsyncClient(
            transport=transport,
            headers={"user-agent": USER_AGENT, "accept": "application/json"},
            follow_redirects=False,
            trust_env=not _is_loopback(self.url),
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def send(self, call: Call, token: str | None = None) -> Answer:
        """
        Send a call, again where that is safe and promising.

        :raises InfisicalError: with the last attempt's cause
        """
        limits = _limits.get()
        began = self.clock.now()
        for attempt in range(1, limits.attempts + 1):
            pause = min(limits.first_pause * 2 ** (attempt - 1), limits.longest_pause)
            try:
                response = await self._attempt(call, token, limits)
            except httpx2.TransportError as error:
                failure: InfisicalError = self._unreachable(call, error, attempt)
                again = call.may_repeat or isinstance(error, NEVER_SENT)
                pause = self.clock.jitter(pause)
            else:
                if response.is_success:
                    return self._answer(call, response)
                failure = refusal(self.url, call, response, token)
                again = response.status_code == RATE_LIMITED or (response.status_code in PASSING and call.may_repeat)
                pause = max(self.clock.jitter(pause), _obeyed(response, limits))
            late = self.clock.now() + pause - began > limits.overall
            if not again or late or attempt == limits.attempts:
                raise failure
            await self.clock.sleep(pause)
        raise AssertionError("at least one attempt is made")

    async def _attempt(self, call: Call, token: str | None, limits: Limits) -> httpx2.Response:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        return await self._client.request(
            call.method,
            self.url + call.path,
            params=dict(call.query) or None,
            json=call.body,
            headers=headers,
            timeout=httpx2.Timeout(limits.answer, connect=limits.connect),
        )

    def _unreachable(self, call: Call, error: httpx2.TransportError, attempts: int) -> Unreachable:
        # The library's texts may quote what was sent; its class says enough.
        seen = _SEEN.get(type(error), f"the connection broke ({type(error).__name__})")
        tries = f" in {attempts} attempts" if attempts > 1 else ""
        unsure = (
            "" if isinstance(error, NEVER_SENT) or call.may_repeat else " It may have been carried out all the same."
        )
        return Unreachable(
            f"Infisical cannot {call.what} ({call.method} {call.path} at {self.url}): {seen}{tries}.{unsure} "
            f"See whether it runs with `curl -sS {self.url}/api/status`, then run the command again.",
            executed=not isinstance(error, NEVER_SENT),
        )

    def _answer(self, call: Call, response: httpx2.Response) -> Answer:
        source = f"{call.method} {call.path}"
        try:
            body: Any = response.json()
        except ValueError:
            body = None
        if not isinstance(body, dict):
            kind = response.headers.get("content-type", "no content type")
            message = (
                f"Infisical cannot {call.what}: {source} at {self.url} answered {response.status_code} with {kind}, "
                "where a JSON object was expected. Check that the URL is Infisical's own and not that of a login page "
                "or proxy before it."
            )
            raise Unexpected(message)
        return Answer(source, body)


_SEEN: Final[dict[type[Exception], str]] = {
    httpx2.ConnectError: "no connection could be made",
    httpx2.ConnectTimeout: "the connection was not accepted in time",
    httpx2.ReadTimeout: "no answer came in time",
    httpx2.WriteTimeout: "the request was not taken in time",
    httpx2.RemoteProtocolError: "the server closed the connection without an answer",
    httpx2.ReadError: "the connection broke before the answer",
}


def _obeyed(response: httpx2.Response, limits: Limits) -> float:
    """The pause that the server asks for, within bounds; 0 where it asks for none."""
    asked = response.headers.get("retry-after", "")
    return min(float(asked), limits.longest_obeyed_pause) if asked.isdigit() else 0.0


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
