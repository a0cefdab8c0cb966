"""
Sends calls to one server, with time limits and bounded retries.

A call is sent again after 429 and after a failed connection, because the server has then done nothing. After 502, 503,
504, a broken connection and a timeout it is sent again only if repeating it is harmless.
"""

from __future__ import annotations

import contextlib
import ipaddress
import ssl
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2

from infisical.api.errors import Blocked, InfisicalError, Unexpected, Unreachable
from infisical.api.http.answer import Answer
from infisical.api.http.call import Call
from infisical.api.http.clock import Clock
from infisical.api.http.refusals import refusal
from tooling.http_date import seconds_ahead

USER_AGENT: Final = "homelab-infisical-provider"
RATE_LIMITED: Final = 429
PASSING: Final = frozenset({502, 503, 504})
NEVER_SENT: Final = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)


@dataclass(frozen=True)
class Limits:
    """How long a call may take and how often it is tried; seconds."""

    attempts: int = 5
    overall: float = 60.0
    """No attempt starts later than this."""
    connect: float = 5.0
    answer: float = 30.0
    first_pause: float = 0.5
    longest_pause: float = 8.0
    longest_obeyed_pause: float = 30.0


PATIENT: Final = Limits()
BRIEF: Final = Limits(attempts=1, connect=2.0)
"""For optional questions, such as in a preview."""

CA_BUNDLE: Final = "`caBundle` in `homelab:infisical`"
"""Where an owner declares the certificates."""

SLOW_SECONDS: Final = 1.5
"""A longer answer is reported to the user."""

SILENT_SECONDS: Final = 30.0
"""After a call got no connection in all its attempts: for how long the next calls are sent once."""

ONCE: Final = Limits(attempts=1)
"""For callers that retry by themselves."""

_limits: ContextVar[Limits] = ContextVar("limits", default=PATIENT)


@contextlib.contextmanager
def brief_calls() -> Iterator[None]:
    """Within this block, calls are sent once, with short time limits."""
    token = _limits.set(BRIEF)
    try:
        yield
    finally:
        _limits.reset(token)


@contextlib.contextmanager
def single_attempts() -> Iterator[None]:
    """Within this block, calls are sent once."""
    token = _limits.set(ONCE)
    try:
        yield
    finally:
        _limits.reset(token)


def is_brief() -> bool:
    return _limits.get() is BRIEF


class Server:
    """An Infisical server at a base address. Close it after use."""

    def __init__(
        self,
        url: str,
        clock: Clock | None = None,
        transport: httpx2.AsyncBaseTransport | None = None,
        *,
        ca_bundle: str = "",
    ) -> None:
        """:param ca_bundle: PEM certificates that are trusted instead of the machine's own; empty means its own"""
        # Some tools want the address of the API; the paths of the calls begin with /api.
        self.url = url.rstrip("/").removesuffix("/api").rstrip("/")
        self.clock = clock or Clock()
        self.seconds_ahead: float | None = None
        """How far its clock was ahead of this machine's at the last answer; None if unknown."""
        self._transport = transport
        self._ca_bundle = ca_bundle
        self._opened: httpx2.AsyncClient | None = None
        self._slow_answer = ""
        self._silent_at: float | None = None
        """When a call last got no connection in all its attempts; None if the server has answered since."""

    async def close(self) -> None:
        if self._opened:
            await self._opened.aclose()

    async def send(self, call: Call, token: str | None = None) -> Answer:
        """
        Send a call, and retry it if that is safe.

        :raises InfisicalError: with the last attempt's cause
        """
        limits = _limits.get()
        began = self.clock.now()
        for attempt in range(1, limits.attempts + 1):
            pause = min(limits.first_pause * 2 ** (attempt - 1), limits.longest_pause)
            try:
                response = await self._attempt(call, token, limits)
            except httpx2.TransportError as error:
                if reason := untrusted(error):
                    raise Blocked(self._not_trusted(call, reason)) from error
                failure: InfisicalError = self._unreachable(call, error, attempt)
                again = call.may_repeat or isinstance(error, NEVER_SENT)
                pause = self.clock.jitter(pause)
            else:
                self._silent_at = None
                if response.is_success:
                    return self._answer(call, response)
                failure = refusal(self.url, call, response, token)
                again = response.status_code == RATE_LIMITED or (response.status_code in PASSING and call.may_repeat)
                pause = max(self.clock.jitter(pause), _obeyed(response, limits))
            late = self.clock.now() + pause - began > limits.overall
            if not again or late or attempt == limits.attempts or self._is_silent():
                if isinstance(failure, Unreachable) and not failure.executed and limits.attempts > 1:
                    self._silent_at = self.clock.now()
                raise failure
            await self.clock.sleep(pause)
        raise AssertionError("at least one attempt is made")

    def slow_answer(self) -> str:
        """A sentence about the first answer that was slow; empty if there was none."""
        return self._slow_answer

    def _is_silent(self) -> bool:
        return self._silent_at is not None and self.clock.now() - self._silent_at < SILENT_SECONDS

    async def _attempt(self, call: Call, token: str | None, limits: Limits) -> httpx2.Response:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        began = self.clock.now()
        response = await self._client().request(
            call.method,
            self.url + call.path,
            params=dict(call.query) or None,
            json=call.body,
            headers=headers,
            timeout=httpx2.Timeout(limits.answer, connect=limits.connect),
        )
        self.seconds_ahead = seconds_ahead(response.headers.get("date", ""))
        seconds = self.clock.now() - began
        if seconds >= SLOW_SECONDS and not self._slow_answer:
            self._slow_answer = (
                f"Infisical at {self.url} answers slowly: it took {seconds:.1f} s to {call.what}. A check is skipped "
                f"if an answer takes longer than {BRIEF.answer:.0f} s."
            )
        return response

    def _client(self) -> httpx2.AsyncClient:
        # Opened by the first call: it loads certificates, and a provider of the cluster alone sends no call.
        if self._opened is None:
            self._opened = httpx2.AsyncClient(
                verify=self._trusted(),
                transport=self._transport,
                headers={"user-agent": USER_AGENT, "accept": "application/json"},
                follow_redirects=False,
                trust_env=not _is_loopback(self.url),
            )
        return self._opened

    def _trusted(self) -> ssl.SSLContext | bool:
        if _is_loopback(self.url) and self.url.startswith("http://"):
            # Loading the certificates takes longer than all calls of a command.
            return False
        if not self._ca_bundle:
            return True
        try:
            return ssl.create_default_context(cadata=self._ca_bundle)
        except ssl.SSLError as error:
            message = (
                f"The certificates for {self.url} cannot be read ({error.reason or 'not certificates'}). Set "
                f"{CA_BUNDLE} to the certificates of the CA in PEM form, then run the command again."
            )
            raise Blocked(message) from error

    def _not_trusted(self, call: Call, reason: str) -> str:
        return (
            f"Infisical cannot {call.what} ({call.method} {call.path} at {self.url}): its certificate is not trusted "
            f"({reason}). Set {CA_BUNDLE} to the certificate of the CA that issued it, or correct the address. Then "
            "run the command again."
        )

    def _unreachable(self, call: Call, error: httpx2.TransportError, attempts: int) -> Unreachable:
        # The library's messages may quote what was sent, so only the class is shown.
        found = _FOUND.get(type(error), f"the connection broke ({type(error).__name__})")
        tries = f" in {attempts} attempts" if attempts > 1 else ""
        unsure = "" if isinstance(error, NEVER_SENT) or call.may_repeat else " The request may still have succeeded."
        return Unreachable(
            f"Infisical cannot {call.what} ({call.method} {call.path} at {self.url}): {found}{tries}.{unsure} "
            f"Check it with `curl -sS {self.url}/api/status`, then run the command again.",
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
                "but a JSON object was expected. Check that the URL is Infisical's own, and not that of a login page "
                "or proxy in front of it."
            )
            raise Unexpected(message)
        return Answer(source, body)


# A lost connection is a protocol error or a read error, depending on what was still unread: one event, one message.
_BROKEN = "the connection broke before the answer"
_FOUND: Final[dict[type[Exception], str]] = {
    httpx2.ConnectError: "connection failed",
    httpx2.ConnectTimeout: "connection timed out",
    httpx2.ReadTimeout: "no answer in time",
    httpx2.WriteTimeout: "sending the request timed out",
    httpx2.RemoteProtocolError: _BROKEN,
    httpx2.ReadError: _BROKEN,
    httpx2.WriteError: _BROKEN,
}


def _obeyed(response: httpx2.Response, limits: Limits) -> float:
    """The pause that the server requests, within bounds; 0 if it requests none."""
    asked = response.headers.get("retry-after", "")
    return min(float(asked), limits.longest_obeyed_pause) if asked.isdigit() else 0.0


def untrusted(error: BaseException | None) -> str:
    """Why the server's certificate is not trusted; empty if the error has a different cause."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return error.verify_message
        error = error.__cause__ or error.__context__
    return ""


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
