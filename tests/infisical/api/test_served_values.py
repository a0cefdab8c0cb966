"""A folder's values as the operator gets them; the delivery check compares with these."""

from __future__ import annotations

from typing import Any

from infisical.api.folders import Location
from infisical.api.http.server import Server
from infisical.api.http.session import Login, Session
from infisical.api.secret_cache import SecretCache
from infisical.api.served_values import ServedValues, read_served
from sandbox.infisical.fake import FakeInfisical
from tests.infisical.admin import Admin
from tests.infisical.api.test_secret_copies import ROOT, Answering, listed, session
from tests.infisical.clock import TestClock
from tests.infisical.programs import FOLDER, SETUP, secret
from tests.infisical.stack import EMAIL, PASSWORD, Stack
from tests.infisical.transports import Older

LOGIN = Login(email=EMAIL, password=PASSWORD)


async def seeded(stack: Stack) -> Location:
    """The root folder with a value, a reference to it, and an import of a folder with a further value."""
    folder = {"path": "/apps/web"}
    values = [secret("PLAIN", "plain"), secret("REFERRING", "${PLAIN}-more")]
    imported = [secret("IMPORTED", "imported", **folder)]
    await stack.up([*SETUP, FOLDER, *values, *imported])
    project_id = stack.outputs("project")["projectId"]
    body: dict[str, Any] = {"projectId": project_id, "environment": "prod", "path": "/"}
    Admin(stack.fake_infisical.url).post(
        "/api/v2/secret-imports", **body | {"import": {"environment": "prod", **folder}}
    )
    return Location(project_id, "prod")


WHOLE = {"PLAIN": "plain", "REFERRING": "plain-more", "IMPORTED": "imported"}


async def test_references_are_expanded_and_imports_included(stack: Stack) -> None:
    location = await seeded(stack)
    server = Server(stack.fake_infisical.url)

    assert (await read_served(Session(server, LOGIN), location)).values == WHOLE

    await server.close()


async def test_an_imported_value_has_the_folder_that_it_comes_from(stack: Stack) -> None:
    location = await seeded(stack)
    server = Server(stack.fake_infisical.url)

    origins = (await read_served(Session(server, LOGIN), location)).origins

    assert origins == {"IMPORTED": Location(location.project_id, "prod", "/apps/web")}
    await server.close()


async def test_an_older_server_serves_the_same_values(stack: Stack) -> None:
    location = await seeded(stack)
    server = Server(stack.fake_infisical.url, transport=Older(lambda method, path: path.startswith("/api/v4/secrets")))

    assert (await read_served(Session(server, LOGIN), location)).values == WHOLE

    await server.close()


async def test_a_folder_that_does_not_exist_has_no_values(stack: Stack) -> None:
    await stack.up(SETUP)
    server = Server(stack.fake_infisical.url)
    location = Location(stack.outputs("project")["projectId"], "prod", "/not/there")

    assert (await read_served(Session(server, LOGIN), location)).values == {}

    await server.close()


async def test_simultaneous_reads_share_one_request_and_later_reads_get_new_values(
    fake_infisical: FakeInfisical,
) -> None:
    stack = Stack(fake_infisical)
    location = await seeded(stack)
    clock = TestClock()
    server = Server(fake_infisical.url, clock)
    session = Session(server, LOGIN)
    served = ServedValues(session, SecretCache(session))
    before = _lists(fake_infisical)

    began = clock.now()
    assert [await served.at(location, began) for _ in range(3)] == [WHOLE] * 3
    assert _lists(fake_infisical) == before + 1

    await clock.sleep(1)
    Admin(fake_infisical.url).set_secret(location.project_id, "PLAIN", "changed")
    assert (await served.at(location, began))["PLAIN"] == "plain"
    assert (await served.at(location, clock.now()))["REFERRING"] == "changed-more"
    await server.close()


def _lists(fake_infisical: FakeInfisical) -> int:
    return len([request for request in fake_infisical.requests() if request["path"].startswith("/api/v4/secrets")])


async def test_hidden_values_are_named() -> None:
    shown, hidden = listed(secretKey="SHOWN", secretValue="shown"), listed(secretKey="OWN", secretValueHidden=True)
    imported = [listed(secretKey=name, secretValueHidden=True) for name in ("SHOWN", "IMPORTED")]
    imports = [{"environment": "prod", "secretPath": "/shared", "secrets": imported}]

    served = await read_served(session(Answering({"secrets": [shown, hidden], "imports": imports})), ROOT)

    assert served.hidden == {"OWN", "IMPORTED"}
