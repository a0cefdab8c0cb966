"""The provider without a server: it sends nothing, derives its answers from the inputs, and refuses real resources."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from infisical.api.errors import Blocked
from infisical.handlers.registry import HANDLERS
from infisical.offline.provider import PERMISSION, OfflineProvider
from infisical.server.resources import Made
from infisical.server.values import plain, wrapped_all
from tests.infisical.stack import NotebookLog
from tests.infisical.transports import Scripted
from tooling.plugin.properties import Secret

URN = "urn:pulumi:test::homelab::infisical:index:{}::thing"
IDENTITY = {"name": "eso", "projectId": "p", "environment": "prod", "paths": ["/"]}


def provider() -> OfflineProvider:
    """A provider that would fail at its first call to a server."""
    return OfflineProvider(NotebookLog(), transport=Scripted())


async def create(kind: str, inputs: dict[str, Any]) -> Made:
    return await provider().create(URN.format(kind), wrapped_all(inputs, ()))


@pytest.mark.parametrize("token", HANDLERS)
async def test_every_resource_is_created_with_all_its_outputs_and_always_the_same_ones(token: str) -> None:
    kind = token.rpartition(":")[2]
    first, second = await create(kind, IDENTITY), await create(kind, IDENTITY)

    assert first.id == "offline/thing"
    assert first.properties == second.properties
    assert set(first.properties) == {*IDENTITY, *HANDLERS[token].outputs}
    secret = {key for key, value in first.properties.items() if isinstance(value, Secret)}
    assert secret == HANDLERS[token].secret_outputs


async def test_an_invented_date_is_a_valid_date() -> None:
    made = await create("Secret", {"name": "A", "projectId": "p", "environment": "prod", "path": "/", "value": "v"})

    assert datetime.date.fromisoformat(str(plain(made.properties["changedOn"])))


async def test_an_update_shows_the_same_diff_as_the_real_provider_and_keeps_outputs() -> None:
    made = await create("Identity", IDENTITY)
    inputs = wrapped_all({**IDENTITY, "paths": ["/apps"]}, ())
    urn = URN.format("Identity")
    diff = await provider().diff(urn, made.id, made.properties, inputs, {})
    updated = await provider().update(urn, made.id, made.properties, inputs, {})

    assert list(diff.kinds) == ["paths"]
    assert plain(updated["paths"]) == ["/apps"]
    assert updated["identityId"] == made.properties["identityId"]


async def test_a_resource_from_a_real_server_is_refused() -> None:
    urn, values = URN.format("Identity"), wrapped_all(IDENTITY, ())
    calls = (
        provider().diff(urn, "eso", values, values, {}),
        provider().update(urn, "eso", values, values, {}),
        provider().read(urn, "eso", values, values),
        provider().delete(urn, "eso", values),
    )
    for call in calls:
        with pytest.raises(Blocked, match=r"write `path: \./infisical`"):
            await call


@pytest.mark.parametrize("permitted", [True, False])
async def test_it_serves_only_states_that_are_thrown_away(permitted: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(PERMISSION, raising=False)
    if permitted:
        monkeypatch.setenv(PERMISSION, "true")
    values = wrapped_all({"url": "http://infisical.test", "token": "t"}, ())
    failures = await provider().check_config(values)

    assert [failure.field for failure in failures] == ([] if permitted else ["url"])
