"""The client sends what recorded clients sent, and reads what a real server answered."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from infisical.api import identities, memberships, projects, secrets, universal_auth
from infisical.api import instance as instances
from infisical.api.errors import NotFound, Refused
from infisical.api.folders import Location, create_folder, list_all_folders, list_folders
from infisical.api.http.server import Server
from infisical.api.http.session import Login, Session
from infisical.rules import stored_form
from tests.infisical.clock import TestClock
from tests.infisical.recording import Exchange, Replay, exchange, sent

PROJECT = "401b9461-e442-40cf-99a1-d2a5293ed4a8"
FRESH_PROJECT = "2904f7ec-4662-4528-934b-c423bf7aaaa2"
IDENTITY = "4acd13f8-febf-47d7-9e5e-543033ac498d"
ORGANIZATION = "70694c54-c914-4d71-b0ce-fde3f24d05ab"
ADMIN = Login(email="admin@homelab.test", password="Throw-Away-Passw0rd!", organization="homelab")
ROOT = Location(PROJECT, "prod")
ANYWHERE = universal_auth.TokenRules(3600, 86400, ("0.0.0.0/0", "::/0"))

Ask = Callable[[Session], Awaitable[Any]]


def session(transport: Replay) -> Session:
    """A session without a login: its token names the organization."""
    return Session(Server("http://127.0.0.1:1", TestClock(), transport), Login(token=exchange(16).answer["token"]))


def body_of(exchange: Exchange, **changes: Any) -> dict[str, Any]:
    return {**exchange.body, **changes}


CALLS: dict[int, Ask] = {
    1: lambda s: instances.check_answers(s.server),
    2: lambda s: instances.is_initialized(s.server),
    8: lambda s: instances.is_initialized(s.server),
    5: lambda s: instances.bootstrap(s.server, ADMIN),
    26: lambda s: projects.find_project(s, "homelab"),
    29: lambda s: projects.find_project(s, "unknown-slug"),
    30: lambda s: projects.create_environment(
        s, projects.Project("aa6e59bc-049e-45a9-a3d8-d741379cb3af", "no-envs", "", {}), "prod", "Production"
    ),
    247: lambda s: projects.delete_project(s, projects.Project(FRESH_PROJECT, "homelab", "", {})),
    34: lambda s: create_folder(s, replace(ROOT, path="/apps")),
    35: lambda s: create_folder(s, replace(ROOT, path="/apps")),
    39: lambda s: list_folders(s, ROOT),
    40: lambda s: list_all_folders(s, PROJECT, "prod"),
    67: lambda s: secrets.list_secrets(s, ROOT),
    240: lambda s: secrets.create_secret(s, Location(FRESH_PROJECT, "prod"), "HELLO", "world"),
    84: lambda s: secrets.update_secret(s, ROOT, secrets.StoredSecret("", "API_KEY", 1, ""), "key-v4-2"),
    92: lambda s: secrets.delete_secret(s, ROOT, "B4_ONE"),
    93: lambda s: secrets.delete_secret(s, ROOT, "B4_ONE"),
    97: lambda s: identities.create_identity(s, "homelab-eso"),
    99: lambda s: identities.find_identity_by_id(s, IDENTITY),
    100: lambda s: identities.find_identities(s, "homelab-eso"),
    101: lambda s: universal_auth.get_universal_auth(s, IDENTITY),
    102: lambda s: universal_auth.attach_universal_auth(s, IDENTITY, ANYWHERE),
    106: lambda s: universal_auth.get_universal_auth(s, IDENTITY),
    107: lambda s: universal_auth.create_client_secret(s, IDENTITY, "eso in homelab"),
    109: lambda s: universal_auth.list_client_secrets(s, IDENTITY),
    110: lambda s: universal_auth.log_in(
        s,
        "39afb2c4-90fa-4b42-9015-d908143fe8cc",
        "9f3e090b1ef5f3c9acaf5a4b9ed1c1997653e331abe1de871e73fd13dc8e16b3",
    ),
    125: lambda s: universal_auth.clear_lockouts(s, IDENTITY),
    151: lambda s: universal_auth.revoke_client_secret(s, IDENTITY, "6174f45c-f6e7-4dea-8427-f85373f09d54"),
    157: lambda s: universal_auth.revoke_token(s, exchange(157).body["accessToken"]),
    129: lambda s: memberships.roles_of(s, PROJECT, IDENTITY),
    147: lambda s: memberships.set_role(s, PROJECT, IDENTITY, "no-access"),
    178: lambda s: memberships.add_member(s, PROJECT, IDENTITY, "viewer"),
    146: lambda s: memberships.add_reading_privilege(s, PROJECT, IDENTITY, "eso-read", "prod", ["/"]),
    174: lambda s: memberships.remove_privilege(s, "1a6352ba-960c-4112-b19b-bb895d2747c8"),
}

LEGACY: dict[int, tuple[int, Ask]] = {
    # The number of current routes that the server answers as unknown, before the older one.
    27: (1, lambda s: projects.find_project(s, "homelab")),
    36: (1, lambda s: create_folder(s, replace(ROOT, path="/apps/web"))),
    63: (1, lambda s: secrets.list_secrets(s, ROOT)),
    56: (1, lambda s: secrets.create_secret(s, ROOT, "API_KEY", "again")),
    86: (1, lambda s: secrets.update_secret(s, ROOT, secrets.StoredSecret("", "DB_PASSWORD", 1, ""), "s3cr3t-db-2")),
    94: (1, lambda s: secrets.delete_secret(s, ROOT, "B3_ONE")),
    239: (1, lambda s: memberships.add_member(s, FRESH_PROJECT, "5d01a97d-91c1-4691-84e9-dc515504dab2", "viewer")),
}
UNKNOWN_ROUTE = 11


@pytest.mark.parametrize("number", sorted(CALLS))
async def test_calls_equal_the_recorded_ones(number: int) -> None:
    recorded, replay = exchange(number), Replay(number)

    await CALLS[number](session(replay))

    assert [sent(request) for request in replay.requests] == [
        (recorded.method, recorded.path, recorded.query, recorded.body)
    ]


@pytest.mark.parametrize("number", sorted(LEGACY))
async def test_a_server_without_the_current_route_gets_the_older_call(number: int) -> None:
    misses, ask = LEGACY[number]
    recorded, replay = exchange(number), Replay(*[UNKNOWN_ROUTE] * misses, number, number)
    asked_session = session(replay)

    for _ in range(2):
        # Other tests check the answers.
        with contextlib.suppress(Refused):
            await ask(asked_session)

    calls = [sent(request) for request in replay.requests]
    assert len(calls) == misses + 2, "the generation is remembered"
    assert calls[misses:] == [(recorded.method, recorded.path, recorded.query, recorded.body)] * 2


async def test_a_project_is_created_without_default_environments() -> None:
    replay = Replay(18)

    made = await projects.create_project(session(replay), "homelab", "homelab")

    assert sent(replay.requests[0])[3] == body_of(exchange(18), shouldCreateDefaultEnvs=False)
    assert (made.id, sorted(made.environments)) == (PROJECT, ["dev", "prod", "staging"])


async def test_recorded_answers_are_read() -> None:
    async def answered(number: int) -> Any:
        return await CALLS[number](session(Replay(number)))

    assert (await answered(2), await answered(8)) == (False, True)
    assert (await answered(5)).id == ORGANIZATION
    assert (await answered(26)).id == PROJECT
    assert await answered(29) is None
    assert [it.path for it in await answered(40)] == ["/", "/a", "/a/b", "/a/b/deep", "/apps", "/apps/web"]
    assert set(await answered(39)) >= {"apps"}
    assert (await answered(67))["DB_URL"].value.startswith("postgres://app:${DB_PASSWORD}@")
    assert (await answered(84)).version == 2
    assert [identity.id for identity in await answered(100)][-1] == IDENTITY
    assert (await answered(99)).name == "homelab-eso"
    assert await answered(101) is None
    assert (await answered(106)).rules == ANYWHERE
    assert (await answered(107)).value == exchange(107).answer["clientSecret"]
    assert [(secret.description, secret.value) for secret in await answered(109)] == [
        ("eso in homelab", ""),
        ("second", ""),
    ]
    assert await answered(129) == ("member",)


async def test_the_administrator_logs_in_and_selects_the_organization() -> None:
    replay = Replay(15, 16, 39)
    server = Server("http://127.0.0.1:1", TestClock(), replay)
    logged_in = Session(server, ADMIN)
    logged_in.use_organization(ORGANIZATION)

    await list_folders(logged_in, ROOT)

    login, select, asked = replay.requests
    assert sent(login) == (exchange(15).method, exchange(15).path, {}, exchange(15).body)
    assert sent(select) == (exchange(16).method, exchange(16).path, {}, exchange(16).body)
    assert select.headers["authorization"] == f"Bearer {exchange(15).answer['accessToken']}"
    assert asked.headers["authorization"] == f"Bearer {exchange(16).answer['token']}"


async def test_the_organization_of_a_bootstrap_token_is_requested() -> None:
    replay = Replay(33)
    token = exchange(5).answer["identity"]["credentials"]["token"]
    given = Session(Server("http://127.0.0.1:1", TestClock(), replay), Login(token=token))

    assert await given.organization_id() == ORGANIZATION
    assert sent(replay.requests[0])[1] == exchange(33).path


async def test_the_organization_of_any_other_token_is_read_from_the_token() -> None:
    replay = Replay()
    given = Session(Server("http://127.0.0.1:1", TestClock(), replay), Login(token=exchange(16).answer["token"]))

    assert await given.organization_id() == ORGANIZATION
    assert replay.requests == []


@pytest.mark.parametrize("number", [70, 72])
async def test_a_missing_folder_or_environment_is_not_found(number: int) -> None:
    with pytest.raises(NotFound):
        await secrets.list_secrets(session(Replay(number)), ROOT)


async def test_values_are_compared_in_the_form_that_the_server_stores() -> None:
    assert stored_form("  a b  ") == "a b"
    assert stored_form("-----BEGIN X-----\nabc\n-----END X-----\n\n") == "-----BEGIN X-----\nabc\n-----END X-----\n"
