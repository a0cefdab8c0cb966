"""Errors name the call, the object, the answer and the fix, and never contain a secret."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import httpx2
import pytest

from infisical.api.errors import (
    InfisicalError,
    LoginRefused,
    NotFound,
    Refused,
    RouteMissing,
    Unauthenticated,
    Unexpected,
    Unreachable,
)
from infisical.api.folders import Location
from infisical.api.http.call import Call
from infisical.api.http.server import Server
from infisical.api.http.session import Login, Session
from infisical.api.secrets import create_secret, list_secrets
from infisical.api.universal_auth import ClientSecret, log_in
from tests.infisical.clock import TestClock
from tests.infisical.recording import Replay, exchange
from tests.infisical.transports import Scripted

URL = "http://infisical.test:8080"
PASSWORD = "a-password-that-nobody-may-see"
READ = Call(what="look up the project 'homelab'", method="GET", path="/api/v1/projects/slug/homelab")


def server(transport: httpx2.AsyncBaseTransport) -> Server:
    return Server(URL, TestClock(), transport)


def logged_in(transport: httpx2.AsyncBaseTransport) -> Session:
    return Session(server(transport), Login(token=exchange(16).answer["token"]))


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (9, Unauthenticated),
        (10, Unauthenticated),
        (12, Unauthenticated),
        (158, Unauthenticated),
        (213, Unauthenticated),
        (115, Refused),
        (176, Refused),
        (29, NotFound),
        (70, NotFound),
        (11, RouteMissing),
        (19, Refused),
        (259, Refused),
    ],
)
async def test_recorded_refusals_become_typed_errors(number: int, kind: type[Refused]) -> None:
    with pytest.raises(Refused) as raised:
        await server(Replay(number)).send(READ)

    error = raised.value
    assert type(error) is kind
    assert (error.status, error.error) == (exchange(number).status, exchange(number).answer["error"])
    assert error.reason == exchange(number).answer["message"]
    for part in (READ.what, f"{READ.method} {READ.path}", URL, str(error.status), error.reason.rstrip(".")):
        assert part in str(error)


async def test_each_wrong_argument_is_named() -> None:
    with pytest.raises(Refused) as raised:
        await server(Replay(20)).send(READ)

    assert "slug: Slug field must be at least 5 lowercase characters" in str(raised.value)
    assert "Fix the argument" in str(raised.value)


async def test_an_unreachable_server_is_named_with_a_command_to_check_it() -> None:
    with pytest.raises(Unreachable) as raised:
        await server(Scripted(httpx2.ConnectError("[Errno 111] refused"))).send(READ)

    assert str(raised.value) == (
        "Infisical cannot look up the project 'homelab' (GET /api/v1/projects/slug/homelab at "
        "http://infisical.test:8080): connection failed in 5 attempts. "
        "Check it with `curl -sS http://infisical.test:8080/api/status`, then run the command again."
    )


async def test_a_lost_answer_says_that_the_request_may_have_succeeded() -> None:
    made = Call(what="create the project 'homelab'", method="POST", path="/api/v1/projects", body={})
    with pytest.raises(Unreachable) as raised:
        await server(Scripted(httpx2.ReadTimeout("slow"))).send(made)

    assert "no answer in time. The request may still have succeeded." in str(raised.value)


@pytest.mark.parametrize(
    "answer",
    [httpx2.Response(200, html="<h1>Log in</h1>"), httpx2.Response(200, json=["a list"])],
    ids=["html", "list"],
)
async def test_a_server_that_is_not_infisical_is_recognized(answer: httpx2.Response) -> None:
    with pytest.raises(Unexpected, match=r"a JSON object was expected\. Check that the URL is Infisical's own"):
        await server(Scripted(answer)).send(READ)


async def test_an_incomplete_answer_names_the_missing_key() -> None:
    secret = {"secretKey": "A", "id": "1", "secretValue": "one"}
    with pytest.raises(Unexpected, match=r"GET /api/v4/secrets: secrets\): `version` is null, but must be a number"):
        await list_secrets(logged_in(Scripted(httpx2.Response(200, json={"secrets": [secret]}))), Location("p", "prod"))


@pytest.mark.parametrize("lost", [httpx2.RemoteProtocolError, httpx2.ReadError, httpx2.WriteError])
async def test_a_lost_connection_is_one_message_however_it_was_lost(lost: type[httpx2.TransportError]) -> None:
    with pytest.raises(InfisicalError, match=r"the connection broke before the answer\."):
        await log_in(logged_in(Scripted(lost("lost"))), "client", PASSWORD)


@pytest.mark.parametrize(
    "answer",
    [
        httpx2.Response(422, json={"message": f"value {PASSWORD} is bad", "error": "ValidationFailure"}),
        httpx2.Response(
            422, json={"message": [{"path": ["secretValue"], "message": f"{PASSWORD}?"}], "error": "ValidationFailure"}
        ),
        httpx2.Response(500, text=f"panic: {PASSWORD}"),
        httpx2.RemoteProtocolError(f"bad header {PASSWORD}"),
        httpx2.Response(200, json={"message": PASSWORD}),
    ],
    ids=["message", "messages", "text", "transport", "shape"],
)
async def test_no_error_contains_a_secret_that_was_sent(answer: httpx2.Response | Exception) -> None:
    requests: list[Callable[[], Awaitable[object]]] = [
        lambda: create_secret(logged_in(Scripted(answer)), Location("p", "prod"), "KEY", PASSWORD),
        lambda: log_in(logged_in(Scripted(answer)), "client", PASSWORD),
        lambda: Session(server(Scripted(answer)), Login("a@b.test", PASSWORD)).organization_id(),
    ]
    for request in requests:
        with pytest.raises(InfisicalError) as raised:
            await request()
        assert PASSWORD not in str(raised.value) + repr(raised.value)


async def test_no_error_contains_a_token_that_the_server_repeats() -> None:
    token = exchange(16).answer["token"]
    answer = httpx2.Response(403, json={"message": f"bad token {token}", "error": "TokenError"})

    with pytest.raises(Unauthenticated) as raised:
        await logged_in(Scripted(answer)).send(READ)

    assert token not in str(raised.value)
    assert "[hidden]" in str(raised.value)


def test_no_repr_shows_a_secret() -> None:
    call = Call(what="w", method="POST", path="/p", body={"password": PASSWORD}, secrets=(PASSWORD,))
    shown = [call, Login(email="a@b.test", password=PASSWORD, token=PASSWORD), ClientSecret("id", "d", "", PASSWORD)]

    assert PASSWORD not in repr(shown)


async def test_a_refused_login_is_not_retried() -> None:
    transport = Replay(14, 39)
    session = Session(server(transport), Login("admin@homelab.test", PASSWORD))

    for _ in range(3):
        with pytest.raises(LoginRefused, match="Invalid credentials"):
            await session.send(READ)

    assert len(transport.requests) == 1


@pytest.mark.parametrize("before", range(480, 500, 3))
async def test_a_value_is_hidden_even_where_a_long_message_is_cut(before: int) -> None:
    answer = httpx2.Response(400, json={"error": "BadRequest", "message": f"{'x' * before}{PASSWORD} is no good"})

    with pytest.raises(Refused) as raised:
        await create_secret(logged_in(Scripted(answer)), Location("p", "prod"), "KEY", PASSWORD)

    assert PASSWORD[:4] not in str(raised.value) + raised.value.reason
