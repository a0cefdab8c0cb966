"""A failing server ends an update with its cause, and nothing is lost."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from infisical.api.errors import InfisicalError, Unreachable
from infisical.api.http.server import Server
from infisical.api.http.session import Login, Session
from sandbox.infisical.fake import FakeInfisical
from tests.infisical.admin import Admin
from tests.infisical.programs import SETUP, secret, whole
from tests.infisical.stack import EMAIL, PASSWORD, Declared, Stack
from tests.infisical.transports import Older

OTHER_GENERATION = (
    "/api/v4/secrets",
    "/api/v2/folders",
    "/api/v1/projects/slug/",
    "/api/v1/identities/search",
)


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        ({"kind": "status", "status": 500}, "500 Internal Server Error"),
        ({"kind": "status", "status": 503, "times": 0}, "503 Service Unavailable"),
        ({"kind": "close", "times": 0}, "the connection broke before the answer"),
    ],
    ids=["500", "503", "closed"],
)
async def test_the_cause_is_named_and_the_next_update_succeeds(
    fake_infisical: FakeInfisical, stack: Stack, fault: dict[str, Any], cause: str
) -> None:
    await stack.up(SETUP)
    fake_infisical.order(**fault, path="/api/v4/secrets/DB_PASSWORD")

    with pytest.raises(InfisicalError) as raised:
        await stack.up([*SETUP, secret()])
    fake_infisical.clear_faults()
    await stack.up([*SETUP, secret()])

    assert "Infisical cannot create the secret DB_PASSWORD at / in prod (POST /api/v4/secrets/DB_PASSWORD at" in str(
        raised.value
    )
    assert cause in str(raised.value)
    assert Admin(fake_infisical.url).secrets(stack.outputs("project")["projectId"]) == {"DB_PASSWORD": "seeded-value"}


async def test_a_refresh_without_a_server_keeps_the_state_and_warns(
    fake_infisical: FakeInfisical, stack: Stack
) -> None:
    """The refresh must still find other losses, above all in the cluster."""
    program = whole("homelab")
    await stack.up(program)
    fake_infisical.stop()

    await stack.refresh()

    assert stack.steps == []
    assert any(
        "Could not read it; keeping the last known state. Infisical cannot" in warning for warning in stack.log.warnings
    )
    fake_infisical.start()
    await stack.up(program)
    assert stack.steps == []


async def test_an_unreachable_server_is_retried_and_named(fake_infisical: FakeInfisical, stack: Stack) -> None:
    await stack.up(SETUP)
    fake_infisical.stop()

    with pytest.raises(InfisicalError, match=r"connection failed in 5 attempts\. Check it with"):
        await stack.up([*SETUP, secret()])

    assert set(stack.records) == {"instance", "project"}


async def test_concurrent_calls_wait_only_once_for_an_unreachable_server(
    fake_infisical: FakeInfisical, stack: Stack
) -> None:
    fake_infisical.stop()
    session = Session(Server(fake_infisical.url, stack.clock), Login(email=EMAIL, password=PASSWORD))

    failures = await asyncio.gather(*(session.organization_id() for _ in range(15)), return_exceptions=True)

    assert {type(failure) for failure in failures} == {Unreachable}
    assert stack.clock.slept == [0.5, 1.0, 2.0, 4.0]


async def test_an_expired_token_is_renewed(fake_infisical: FakeInfisical, stack: Stack) -> None:
    await stack.up(SETUP)
    fake_infisical.order("status", path="/api/v2/folders", status=401)

    await stack.up([*SETUP, Declared("Folder", "f", {**at_root(stack), "path": "/apps"})])

    assert ("create", "f") in stack.steps


def at_root(stack: Stack) -> dict[str, str]:
    return {"projectId": stack.outputs("project")["projectId"], "environment": "prod"}


async def test_an_update_tries_a_wrong_password_once(fake_infisical: FakeInfisical, stack: Stack) -> None:
    await stack.up(SETUP)
    stack.configuration = {"email": EMAIL, "password": "not-the-password", "organization": "homelab"}
    before = len(fake_infisical.requests())

    with pytest.raises(InfisicalError, match="Invalid credentials"):
        await stack.up([*SETUP, secret("A"), secret("B"), secret("C")])

    assert [it["path"] for it in fake_infisical.requests()[before:]].count("/api/v3/auth/login") == 1


async def test_a_new_signing_key_of_the_server_causes_a_new_login(fake_infisical: FakeInfisical, stack: Stack) -> None:
    await stack.up(SETUP)
    fake_infisical.restart(auth_secret="another-signing-key-of-the-server")

    await stack.up([*SETUP, secret()])

    assert stack.steps == [("create", "db_password")]


async def test_an_older_server_is_managed_in_the_same_way(fake_infisical: FakeInfisical, stack: Stack) -> None:
    def older() -> Older:
        return Older(lambda method, path: path.startswith(OTHER_GENERATION) or is_newer_membership(path))

    await stack.up(whole("homelab"), older())
    await stack.up(whole("homelab"), older())

    assert stack.steps == []
    admin = Admin(fake_infisical.url)
    project_id = stack.outputs("project")["projectId"]
    assert admin.secrets(project_id) == {"DB_PASSWORD": "seeded-value"}
    assert admin.secrets(project_id, path="/apps/web") == {"TOKEN": "web"}
    paths = [it["path"] for it in fake_infisical.requests()]
    assert "/api/v3/secrets/raw/DB_PASSWORD" in paths
    assert "/api/v2/workspace/homelab" in paths
    assert any("/identity-memberships" in path for path in paths)


def is_newer_membership(path: str) -> bool:
    return "/memberships/identities" in path


async def test_no_message_and_no_log_contains_the_password(fake_infisical: FakeInfisical, stack: Stack) -> None:
    fake_infisical.order("status", path="/api/v3/auth/login", status=500, times=0)

    with pytest.raises(InfisicalError) as raised:
        await stack.up(SETUP)

    messages = [str(raised.value), *stack.log.infos, *stack.log.warnings, *stack.log.progress]
    assert PASSWORD not in "".join(messages)
    log = fake_infisical.server.log.read_text()
    assert PASSWORD not in log
