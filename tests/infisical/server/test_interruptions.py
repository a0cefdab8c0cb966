"""An update that is killed after any of its calls and run again has the same result as one that was not killed."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

import pytest

from infisical.api.errors import InfisicalError
from sandbox.infisical.fake import FakeInfisical
from tests.infisical.admin import Admin, Machine
from tests.infisical.programs import INSTANCE, PROJECT, SETUP, client_secret, identity, whole
from tests.infisical.stack import Declared, Record, Stack
from tests.infisical.transports import Killed, Mortal

pytestmark = pytest.mark.story

Program = Callable[[str], Sequence[Declared]]

_SET_UP: dict[str, dict[str, Record]] = {}


@pytest.fixture(scope="module")
def server() -> Iterator[FakeInfisical]:
    """One server for all tests: each run has its own project and identity."""
    with FakeInfisical() as fake_infisical:
        yield fake_infisical


async def set_up(server: FakeInfisical) -> Stack:
    """A stack that has set the server up: the same state for each."""
    stack = Stack(server)
    if server.url not in _SET_UP:
        await stack.up([INSTANCE])
        _SET_UP[server.url] = dict(stack.records)
    stack.records = copy.deepcopy(_SET_UP[server.url])
    return stack


async def calls_of(server: FakeInfisical, program: Program, before: Program | None = None, tag: str = "counted") -> int:
    """How many calls the program makes, after the earlier one."""
    stack, counting = await set_up(server), Mortal()
    if before:
        await stack.up(before(tag))
    await stack.up(program(tag), counting)
    return counting.calls


def rotated_to(rotation: str) -> Program:
    return lambda tag: [
        INSTANCE,
        Declared("Project", "project", {"slug": tag}),
        identity(name=tag),
        client_secret(trigger=rotation),
    ]


def reading(*paths: str) -> Program:
    return lambda tag: [
        INSTANCE,
        Declared("Project", "project", {"slug": tag}),
        identity(name=tag, paths=list(paths)),
        client_secret(),
    ]


def assert_complete(stack: Stack, tag: str) -> None:
    admin = Admin(stack.fake_infisical.url)
    project_id = stack.outputs("project")["projectId"]
    assert admin.secrets(project_id) == {"DB_PASSWORD": "seeded-value"}
    assert admin.secrets(project_id, path="/apps/web") == {"TOKEN": "web"}
    credential = stack.outputs("credential")
    (identity_id,) = admin.identities(tag)
    assert admin.client_secrets(identity_id) == [credential["clientSecretId"]]
    machine = Machine(stack.fake_infisical.url, credential["clientId"], credential["clientSecret"])
    assert machine.sees(project_id) == ["DB_PASSWORD"]
    assert machine.writes(project_id, "NEW") == 403


async def test_a_setup_that_is_killed_after_any_call_is_completed_by_the_next_run(
    fake_infisical: FakeInfisical,
) -> None:
    counting = Mortal()
    await Stack(fake_infisical).up([INSTANCE], counting)

    for call in range(1, counting.calls + 1):
        fake_infisical.reset()
        stack = Stack(fake_infisical)
        with pytest.raises(Killed):
            await stack.up([INSTANCE], Mortal(dies_after=call))
        await stack.up([INSTANCE])

        assert stack.outputs("instance")["organizationId"] == Admin(fake_infisical.url).organization_id
        bootstraps = [it for it in fake_infisical.requests() if it["path"] == "/api/v1/admin/bootstrap"]
        assert [it["status"] for it in bootstraps] == [200]


async def test_a_first_update_that_is_killed_after_any_call_is_completed_by_the_next_run(server: FakeInfisical) -> None:
    calls = await calls_of(server, whole)
    assert calls > 25

    for call in range(1, calls + 1):
        stack, tag = await set_up(server), f"killed-{call}"
        with pytest.raises(Killed):
            await stack.up(whole(tag), Mortal(dies_after=call))
        await stack.up(whole(tag))
        assert_complete(stack, tag)
        await stack.up(whole(tag))
        assert stack.steps == []


async def test_a_rotation_that_is_killed_after_any_call_is_completed_by_the_next_run(server: FakeInfisical) -> None:
    calls = await calls_of(server, rotated_to("2"), rotated_to("1"), "counted-rotation")

    for call in range(1, calls + 1):
        stack, tag = await set_up(server), f"rotated-{call}"
        await stack.up(rotated_to("1")(tag))
        old = stack.outputs("credential")
        with pytest.raises(Killed):
            await stack.up(rotated_to("2")(tag), Mortal(dies_after=call))
        await stack.up(rotated_to("2")(tag))

        new = stack.outputs("credential")
        assert Admin(server.url).client_secrets(stack.outputs("identity")["identityId"]) == [new["clientSecretId"]]
        assert Machine(server.url, new["clientId"], new["clientSecret"]).logged_in
        assert not Machine(server.url, old["clientId"], old["clientSecret"]).logged_in


async def test_a_change_of_access_that_is_killed_after_any_call_is_completed_by_the_next_run(
    server: FakeInfisical,
) -> None:
    calls = await calls_of(server, reading("/apps"), reading("/"), "counted-access")

    for call in range(1, calls + 1):
        stack, tag = await set_up(server), f"narrowed-{call}"
        await stack.up(reading("/")(tag))
        with pytest.raises(Killed):
            await stack.up(reading("/apps")(tag), Mortal(dies_after=call))
        await stack.up(reading("/apps")(tag))

        admin, identity_id = Admin(server.url), stack.outputs("identity")["identityId"]
        assert admin.client_secrets(identity_id) == [stack.outputs("credential")["clientSecretId"]]
        privileges = admin.get(
            "/api/v2/identity-project-additional-privilege",
            identityId=identity_id,
            projectId=stack.outputs("project")["projectId"],
        )
        assert len(privileges["privileges"]) == 1


@pytest.mark.parametrize("kind", ["close", "status"])
async def test_a_lost_answer_needs_at_most_one_more_run(
    server: FakeInfisical, kind: Literal["close", "status"]
) -> None:
    calls = await calls_of(server, whole, tag=f"counted-{kind}")

    for call in range(1, calls + 1):
        stack, tag = await set_up(server), f"lost-{kind}-{call}"
        server.order(kind, at=call, after=True, status=502)
        try:
            await stack.up(whole(tag))
        except InfisicalError:
            server.clear_faults()
            await stack.up(whole(tag))
        server.clear_faults()
        assert_complete(stack, tag)


async def test_a_lost_answer_of_a_creation_is_recovered_in_the_same_run(
    fake_infisical: FakeInfisical, stack: Stack
) -> None:
    await stack.up([INSTANCE])
    fake_infisical.order("close", method="POST", path="/api/v1/projects", after=True)

    await stack.up(SETUP)

    assert stack.steps == [("create", PROJECT.name)]
    assert (
        len([it for it in fake_infisical.requests() if (it["method"], it["path"]) == ("POST", "/api/v1/projects")]) == 1
    )
