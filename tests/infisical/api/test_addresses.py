"""Addresses, memberships and permissions that differ from what the client expects."""

from __future__ import annotations

import ssl

import httpx2
import pytest

from infisical.api.errors import Refused
from infisical.api.http.server import Server
from infisical.api.http.session import Login, Session
from infisical.api.instance import check_answers
from infisical.api.memberships import remove_member
from tests.infisical.clock import TestClock
from tests.infisical.recording import exchange
from tests.infisical.transports import Scripted


@pytest.mark.parametrize("end", ["", "/", "/api", "/api/"])
async def test_an_address_may_end_with_the_path_of_the_api(end: str) -> None:
    transport = Scripted(httpx2.Response(200, json={"message": "Ok"}))
    server = Server(f"http://infisical.test:8080{end}", TestClock(), transport)

    await check_answers(server)

    assert server.url == "http://infisical.test:8080"
    assert str(transport.requests[0].url) == "http://infisical.test:8080/api/status"


@pytest.mark.parametrize(
    ("url", "mode"),
    [
        ("http://127.0.0.1:8080", ssl.CERT_NONE),
        ("http://localhost:8080", ssl.CERT_NONE),
        ("https://127.0.0.1:8080", ssl.CERT_REQUIRED),
        # A proxy may be https://.
        ("http://infisical.test", ssl.CERT_REQUIRED),
        ("https://infisical.test", ssl.CERT_REQUIRED),
    ],
)
async def test_certificates_are_loaded_unless_the_server_is_on_this_machine_and_needs_none(
    url: str, mode: ssl.VerifyMode, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[ssl.VerifyMode] = []

    class Watched(httpx2.AsyncHTTPTransport):
        def __init__(self, *arguments: object, **settings: object) -> None:
            made.append(ssl.CERT_REQUIRED if settings["verify"] else ssl.CERT_NONE)
            super().__init__(verify=False)

        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            return httpx2.Response(200, json={"message": "Ok"})

    monkeypatch.setattr("httpx2._client.AsyncHTTPTransport", Watched)
    server = Server(url, TestClock())

    await check_answers(server)
    await server.close()

    assert set(made) == {mode}


def refused_with_400(members: list[dict[str, object]]) -> Session:
    refusal = {"statusCode": 400, "message": "Identity does not have membership", "error": "BadRequest"}
    answers = httpx2.Response(400, json=refusal), httpx2.Response(200, json={"identityMemberships": members})
    server = Server("http://infisical.test", TestClock(), Scripted(*answers))
    return Session(server, Login(token=exchange(16).answer["token"]))


async def test_a_membership_that_is_already_gone_is_removed() -> None:
    await remove_member(refused_with_400([]), "project", "identity")


async def test_a_membership_that_the_server_refuses_to_remove_is_an_error() -> None:
    member: dict[str, object] = {"identity": {"id": "identity"}, "roles": [{"role": "viewer"}]}

    with pytest.raises(Refused):
        await remove_member(refused_with_400([member]), "project", "identity")
