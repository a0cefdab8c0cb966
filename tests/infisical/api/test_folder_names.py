"""The names in a folder are listed without their values."""

from __future__ import annotations

from typing import Any

import httpx2

from infisical.api.folder_names import FolderNames, read_names
from infisical.api.folders import Location
from infisical.api.http.server import Server
from infisical.api.http.session import Login, Session
from tests.infisical.clock import TestClock
from tests.infisical.recording import exchange
from tests.infisical.transports import Scripted

ROOT = Location("401b9461-e442-40cf-99a1-d2a5293ed4a8", "prod")


async def names(transport: Scripted) -> FolderNames:
    """Read with a session without a login: its token names the organization."""
    login = Login(token=exchange(16).answer["token"])
    return await read_names(Session(Server("http://127.0.0.1:1", TestClock(), transport), login), ROOT)


def answering(**changes: Any) -> Scripted:
    return Scripted(httpx2.Response(200, json={**exchange(69).answer, **changes}))


async def test_a_real_server_lists_names_and_sends_no_value() -> None:
    transport = answering()

    found = await names(transport)

    recorded = exchange(69).answer["secrets"]
    assert all(each["secretValueHidden"] for each in recorded)
    assert found.shared == tuple(sorted(each["secretKey"] for each in recorded))
    assert transport.requests[0].url.params["viewSecretValue"] == "false"


async def test_an_older_server_is_asked_for_no_value_too() -> None:
    words = {"message": "Route GET:/api/v4/secrets not found", "error": "Not Found", "statusCode": 404}
    answer = httpx2.Response(200, json=exchange(69).answer)
    transport = Scripted(httpx2.Response(404, json=words), answer)

    found = await names(transport)

    assert found.shared
    assert transport.requests[-1].url.path == "/api/v3/secrets/raw"
    assert transport.requests[-1].url.params["viewSecretValue"] == "false"


async def test_personal_values_and_imports_are_apart() -> None:
    first = exchange(69).answer["secrets"][0]
    personal = {**first, "type": "personal", "secretKey": "MINE"}
    imported = {"environment": "dev", "secretPath": "/shared", "folderId": "1", "secrets": [first]}

    found = await names(answering(secrets=[first, personal], imports=[imported]))

    assert (found.shared, found.personal) == ((first["secretKey"],), ("MINE",))
    assert found.imports == {Location(ROOT.project_id, "dev", "/shared"): (first["secretKey"],)}
