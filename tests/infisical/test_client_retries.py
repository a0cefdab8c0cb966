"""What is sent again, how often and after what pause: never more than is safe, never without end."""

from __future__ import annotations

import httpx2
import pytest

from infisical.api.errors import Refused, Unreachable
from infisical.api.http.call import Call
from infisical.api.http.server import Server, brief_calls
from infisical.api.http.session import Login, Session
from infisical.api.universal_auth import log_in
from tests.infisical.clock import TestClock
from tests.infisical.transports import Scripted

READ = Call(what="read", method="GET", path="/api/read")
MAKE = Call(what="make", method="POST", path="/api/make", body={"name": "new"})
CHANGE = Call(what="change", method="PATCH", path="/api/change", body={}, repeatable=True)

FINE = httpx2.Response(200, json={"fine": True})
REFUSED = httpx2.ConnectError("refused")
BROKEN = httpx2.ReadError("broken")
SLOW = httpx2.ReadTimeout("slow")


def status(code: int, **headers: str) -> httpx2.Response:
    return httpx2.Response(code, headers=headers, json={"statusCode": code, "message": "m", "error": "E"})


@pytest.mark.parametrize("call", [READ, CHANGE], ids=lambda call: call.what)
@pytest.mark.parametrize(
    "trouble", [status(429), status(502), status(503), status(504), REFUSED, BROKEN, SLOW], ids=repr
)
async def test_a_repeatable_call_survives_passing_trouble(call: Call, trouble: httpx2.Response | Exception) -> None:
    clock, transport = TestClock(), Scripted(trouble, trouble, FINE)

    answer = await Server("http://infisical.test", clock, transport).send(call)

    assert answer.boolean("fine")
    assert len(transport.requests) == 3
    assert clock.slept == [0.5, 1.0]


@pytest.mark.parametrize("trouble", [status(429), REFUSED], ids=repr)
async def test_a_call_that_makes_something_is_sent_again_when_nothing_was_done(
    trouble: httpx2.Response | Exception,
) -> None:
    transport = Scripted(trouble, FINE)

    assert (await Server("http://infisical.test", TestClock(), transport).send(MAKE)).boolean("fine")


@pytest.mark.parametrize("trouble", [status(502), status(503), status(504), BROKEN, SLOW], ids=repr)
async def test_a_call_that_makes_something_is_not_sent_again_when_it_may_have_been_done(
    trouble: httpx2.Response | Exception,
) -> None:
    transport = Scripted(trouble, FINE)

    with pytest.raises((Refused, Unreachable)) as raised:
        await Server("http://infisical.test", TestClock(), transport).send(MAKE)

    assert len(transport.requests) == 1
    assert isinstance(raised.value, Refused) or (isinstance(raised.value, Unreachable) and raised.value.executed)


@pytest.mark.parametrize("code", [400, 401, 403, 404, 422, 500])
async def test_an_answer_that_will_not_change_is_not_asked_for_again(code: int) -> None:
    transport = Scripted(status(code))

    with pytest.raises(Refused):
        await Server("http://infisical.test", TestClock(), transport).send(READ)

    assert len(transport.requests) == 1


@pytest.mark.parametrize("trouble", [status(503), REFUSED], ids=repr)
async def test_attempts_come_to_an_end(trouble: httpx2.Response | Exception) -> None:
    clock, transport = TestClock(), Scripted(trouble)

    with pytest.raises((Refused, Unreachable)):
        await Server("http://infisical.test", clock, transport).send(READ)

    assert len(transport.requests) == 5
    assert clock.slept == [0.5, 1.0, 2.0, 4.0]


async def test_the_pause_that_a_server_asks_for_is_kept_within_bounds() -> None:
    clock = TestClock()
    transport = Scripted(status(429, **{"retry-after": "7"}), status(429, **{"retry-after": "86400"}), FINE)

    await Server("http://infisical.test", clock, transport).send(READ)

    assert clock.slept == [7.0, 30.0]


async def test_a_server_that_hangs_is_given_up_within_bounds() -> None:
    clock = TestClock()

    class Hanging(httpx2.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            await clock.sleep(request.extensions["timeout"]["read"])
            raise SLOW

    with pytest.raises(Unreachable, match=r"no answer in time in 2 attempts"):
        await Server("http://infisical.test", clock, Hanging()).send(READ)

    assert sum(clock.slept) < 65


async def test_in_a_hurry_a_call_is_tried_once() -> None:
    clock, transport = TestClock(), Scripted(REFUSED)

    with brief_calls(), pytest.raises(Unreachable):
        await Server("http://infisical.test", clock, transport).send(READ)

    assert (len(transport.requests), clock.slept) == (1, [])


async def test_every_call_has_time_limits() -> None:
    transport = Scripted(FINE)

    await Server("http://infisical.test", TestClock(), transport).send(READ)

    assert transport.requests[0].extensions["timeout"] == {"connect": 5.0, "read": 30.0, "write": 30.0, "pool": 30.0}


@pytest.mark.parametrize("trouble", [status(502), status(503), status(504), BROKEN, SLOW], ids=repr)
async def test_a_machine_identitys_login_is_not_sent_again_when_it_may_have_been_counted(
    trouble: httpx2.Response | Exception,
) -> None:
    """The server locks the identity after three bad ones."""
    transport = Scripted(trouble)

    with pytest.raises((Refused, Unreachable)):
        await log_in(Session(Server("http://infisical.test", TestClock(), transport), Login()), "id", "secret")

    assert len(transport.requests) == 1
