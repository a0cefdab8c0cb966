"""Secrets are copied with everything that can be copied; the rest is named."""

from __future__ import annotations

import json
from typing import Any

import httpx2

from infisical.api.folders import Location
from infisical.api.http.server import Server
from infisical.api.http.session import Login, Session
from infisical.api.identities import list_identities
from infisical.api.projects import list_projects
from infisical.api.secret_copies import SecretCopy, read_folder, write_copy
from tests.infisical.clock import TestClock
from tests.infisical.recording import Replay, exchange, sent

PROJECT = "401b9461-e442-40cf-99a1-d2a5293ed4a8"
ROOT = Location(PROJECT, "prod")


class Answering(httpx2.AsyncBaseTransport):
    """Answers every request with one body, or as an unknown route if the path contains `missing`."""

    def __init__(self, body: dict[str, Any], missing: str = "nothing") -> None:
        self._body = body
        self._missing = missing
        self.requests: list[httpx2.Request] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        if self._missing in request.url.path:
            words = f"Route {request.method}:{request.url.path} not found"
            return httpx2.Response(404, json={"message": words, "error": "Not Found", "statusCode": 404})
        return httpx2.Response(200, json=self._body)


def session(transport: httpx2.AsyncBaseTransport) -> Session:
    """A session without a login: its token names the organization."""
    return Session(Server("http://127.0.0.1:1", TestClock(), transport), Login(token=exchange(16).answer["token"]))


def listed(**fields: Any) -> dict[str, Any]:
    """One secret of a list, as a real server shows it."""
    return {**exchange(67).answer["secrets"][0], **fields}


async def test_a_folder_is_copied_as_a_real_server_lists_it() -> None:
    transport = Replay(67)

    folder = await read_folder(session(transport), ROOT)

    assert sent(transport.requests[0])[:3] == ("GET", exchange(67).path, exchange(67).query)
    recorded = {each["secretKey"]: each for each in exchange(67).answer["secrets"]}
    assert {copy.name: (copy.value, copy.comment) for copy in folder.secrets} == {
        name: (each["secretValue"], each["secretComment"]) for name, each in recorded.items()
    }


async def test_an_older_server_is_copied_in_the_same_way() -> None:
    transport = Answering(exchange(67).answer, missing="/v4/")

    folder = await read_folder(session(transport), ROOT)

    assert len(folder.secrets) == len(exchange(67).answer["secrets"])
    assert transport.requests[-1].url.path == "/api/v3/secrets/raw"


async def test_everything_about_a_secret_is_written_as_it_was_read() -> None:
    metadata = [{"id": "the server's", "key": "owner", "value": "me", "isEncrypted": True}]
    read = listed(secretComment="why", skipMultilineEncoding=True, secretMetadata=metadata)
    (copy,) = (await read_folder(session(Answering({"secrets": [read]})), ROOT)).secrets
    transport = Answering({"secret": read})

    await write_copy(session(transport), ROOT, copy, exists=False)
    await write_copy(session(transport), ROOT, copy, exists=True)

    body = json.loads(transport.requests[0].content)
    assert body["secretMetadata"] == [{"key": "owner", "value": "me", "isEncrypted": True}]
    assert (body["secretComment"], body["skipMultilineEncoding"]) == ("why", True)
    assert body["secretValue"] == read["secretValue"]
    assert [request.method for request in transport.requests] == ["POST", "PATCH"]


async def test_content_that_cannot_be_copied_is_named() -> None:
    secrets = [
        listed(secretKey="MINE", type="personal"),
        listed(secretKey="TAGGED", tags=[{"slug": "a"}]),
        listed(secretKey="TURNING", isRotatedSecret=True),
        listed(secretKey="HIDDEN", secretValueHidden=True),
        listed(secretKey="PLAIN"),
    ]

    folder = await read_folder(session(Answering({"secrets": secrets, "imports": [{}, {}]})), ROOT)

    assert [copy.name for copy in folder.secrets] == ["TAGGED", "TURNING", "PLAIN"]
    assert folder.hidden == {"HIDDEN"}
    assert folder.beyond == (
        "MINE at / in prod: a personal value",
        "TAGGED at / in prod: tags",
        "TURNING at / in prod: Infisical rotates it",
        "HIDDEN at / in prod: its value is hidden from this login",
        "/ in prod: imports from 2 other folders",
    )


def test_no_value_is_in_a_repr() -> None:
    copy = SecretCopy("NAME", "canary", "canary", False, ({"key": "canary", "value": "canary"},))

    assert "canary" not in repr(copy)


async def test_projects_are_listed_by_both_api_generations() -> None:
    recorded = {each["slug"]: each["name"] for each in exchange(23).answer["projects"]}

    assert await list_projects(session(Replay(23))) == recorded
    assert await list_projects(session(Answering(exchange(25).answer, missing="/v1/projects"))) == recorded


async def test_objects_that_a_server_creates_by_itself_are_omitted() -> None:
    """The project of the certificate manager, and the identity of the bootstrap."""
    assert await list_projects(session(Replay(17))) == {}
    assert await list_identities(session(Replay(99))) == ["homelab-eso", "homelab-eso"]
