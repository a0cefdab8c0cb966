"""Which calls are retried, how often, and after which pauses."""

from __future__ import annotations

import contextlib

import httpx2
import pytest

from infisical.api.errors import Refused, Unreachable
from infisical.api.http.call import Call
from infisical.api.http.server import SILENT_SECONDS, Server, brief_calls
from infisical.api.http.session import Login, Session
from infisical.api.universal_auth import log_in
from tests.infisical.clock import TestClock
from tests.infisical.transports import Scripted

READ = Call(what="read", method="GET", path="/api/read")
CREATE = Call(what="create", method="POST", path="/api/create", body={"name": "new"})
CHANGE = Call(what="change", method="PATCH", path="/api/change", body={}, repeatable=True)

FINE = httpx2.Response(200, json={"fine": True})
REFUSED = httpx2.ConnectError("refused")
BROKEN = httpx2.ReadError("broken")
SLOW = httpx2.ReadTimeout("slow")


def status(code: int, **headers: str) -> httpx2.Response:
    return httpx2.Response(code, headers=headers, json={"statusCode": code, "message": "m", "error": "E"})


@pytest.mark.parametrize("call", [READ, CHANGE], ids=lambda call: call.what)
@pytest.mark.parametrize(
    "failure", [status(429), status(502), status(503), status(504), REFUSED, BROKEN, SLOW], ids=repr
)
async def test_a_repeatable_call_is_retried_after_temporary_failures(
    call: Call, failure: httpx2.Response | Exception
) -> None:
    clock, transport = TestClock(), Scripted(failure, failure, FINE)

    answer = await Server("http://infisical.test", clock, transport).send(call)

    assert answer.boolean("fine")
    assert len(transport.requests) == 3
    assert clock.slept == [0.5, 1.0]


@pytest.mark.parametrize("failure", [status(429), REFUSED], ids=repr)
async def test_a_creating_call_is_retried_if_nothing_was_done(
    failure: httpx2.Response | Exception,
) -> None:
    transport = Scripted(failure, FINE)

    assert (await Server("http://infisical.test", TestClock(), transport).send(CREATE)).boolean("fine")


@pytest.mark.parametrize("failure", [status(502), status(503), status(504), BROKEN, SLOW], ids=repr)
async def test_a_creating_call_is_not_retried_if_it_may_have_succeeded(
    failure: httpx2.Response | Exception,
) -> None:
    transport = Scripted(failure, FINE)

    with pytest.raises((Refused, Unreachable)) as raised:
        await Server("http://infisical.test", TestClock(), transport).send(CREATE)

    assert len(transport.requests) == 1
    assert isinstance(raised.value, Refused) or (isinstance(raised.value, Unreachable) and raised.value.executed)


@pytest.mark.parametrize("code", [400, 401, 403, 404, 422, 500])
async def test_permanent_refusals_are_not_retried(code: int) -> None:
    transport = Scripted(status(code))

    with pytest.raises(Refused):
        await Server("http://infisical.test", TestClock(), transport).send(READ)

    assert len(transport.requests) == 1


@pytest.mark.parametrize("failure", [status(503), REFUSED], ids=repr)
async def test_the_number_of_attempts_is_limited(failure: httpx2.Response | Exception) -> None:
    clock, transport = TestClock(), Scripted(failure)

    with pytest.raises((Refused, Unreachable)):
        await Server("http://infisical.test", clock, transport).send(READ)

    assert len(transport.requests) == 5
    assert clock.slept == [0.5, 1.0, 2.0, 4.0]


async def test_a_requested_pause_is_obeyed_within_bounds() -> None:
    clock = TestClock()
    transport = Scripted(status(429, **{"retry-after": "7"}), status(429, **{"retry-after": "86400"}), FINE)

    await Server("http://infisical.test", clock, transport).send(READ)

    assert clock.slept == [7.0, 30.0]


async def test_a_hanging_server_times_out() -> None:
    clock = TestClock()

    class Hanging(httpx2.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            await clock.sleep(request.extensions["timeout"]["read"])
            raise SLOW

    with pytest.raises(Unreachable, match=r"no answer in time in 2 attempts"):
        await Server("http://infisical.test", clock, Hanging()).send(READ)

    assert sum(clock.slept) < 65


async def test_a_server_that_did_not_answer_is_asked_once_by_each_later_call() -> None:
    """Otherwise, a refresh of many values would wait for each of them."""
    clock, transport = TestClock(), Scripted(REFUSED)
    server = Server("http://infisical.test", clock, transport)

    for _ in range(4):
        with pytest.raises(Unreachable):
            await server.send(READ)

    assert len(transport.requests) == 5 + 3
    assert clock.slept == [0.5, 1.0, 2.0, 4.0]


@pytest.mark.parametrize(
    ("answers", "requests"),
    [([*[REFUSED] * 5, FINE, REFUSED], 5 + 1 + 5), ([*[status(503)] * 5, status(503)], 5 + 5)],
    ids=["it answered again", "it answers with errors"],
)
async def test_a_server_that_answers_is_asked_patiently(
    answers: list[httpx2.Response | Exception], requests: int
) -> None:
    transport = Scripted(*answers)
    server = Server("http://infisical.test", TestClock(), transport)

    while len(transport.requests) < requests:
        with contextlib.suppress(Unreachable, Refused):
            await server.send(READ)

    assert len(transport.requests) == requests


async def test_a_server_that_did_not_answer_is_asked_patiently_after_a_while() -> None:
    clock, transport = TestClock(), Scripted(REFUSED)
    server = Server("http://infisical.test", clock, transport)
    for _ in range(2):
        with pytest.raises(Unreachable):
            await server.send(READ)
        await clock.sleep(SILENT_SECONDS)

    assert len(transport.requests) == 10


async def test_brief_calls_are_tried_once() -> None:
    clock, transport = TestClock(), Scripted(REFUSED)

    with brief_calls(), pytest.raises(Unreachable):
        await Server("http://infisical.test", clock, transport).send(READ)

    assert (len(transport.requests), clock.slept) == (1, [])


async def test_every_call_has_time_limits() -> None:
    transport = Scripted(FINE)

    await Server("http://infisical.test", TestClock(), transport).send(READ)

    assert transport.requests[0].extensions["timeout"] == {"connect": 5.0, "read": 30.0, "write": 30.0, "pool": 30.0}


@pytest.mark.parametrize("failure", [status(502), status(503), status(504), BROKEN, SLOW], ids=repr)
async def test_a_machine_identity_login_is_not_retried_if_it_may_have_been_counted(
    failure: httpx2.Response | Exception,
) -> None:
    """The server locks the identity after three bad logins."""
    transport = Scripted(failure)

    with pytest.raises((Refused, Unreachable)):
        await log_in(Session(Server("http://infisical.test", TestClock(), transport), Login()), "id", "secret")

    assert len(transport.requests) == 1
