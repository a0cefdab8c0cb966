"""The provider without a server: it sends nothing, derives its answers from the inputs, and refuses real resources."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from pulumi.provider.experimental import provider as sdk

from infisical.api.errors import Blocked
from infisical.handlers.registry import HANDLERS
from infisical.offline.provider import PERMISSION, OfflineProvider
from infisical.server.values import plain, wrapped_all
from tests.infisical.stack import NotebookLog
from tests.infisical.transports import Scripted

URN = "urn:pulumi:test::homelab::infisical:index:{}::thing"
IDENTITY = {"name": "eso", "projectId": "p", "environment": "prod", "paths": ["/"]}


def provider() -> OfflineProvider:
    """A provider that would fail at its first call to a server."""
    return OfflineProvider(NotebookLog(), transport=Scripted())


async def create(kind: str, inputs: dict[str, Any]) -> sdk.CreateResponse:
    return await provider().create(sdk.CreateRequest(URN.format(kind), wrapped_all(inputs, ()), 0, False))


@pytest.mark.parametrize("token", HANDLERS)
async def test_every_resource_is_created_with_all_its_outputs_and_always_the_same_ones(token: str) -> None:
    kind = token.rpartition(":")[2]
    first, second = await create(kind, IDENTITY), await create(kind, IDENTITY)

    assert first.resource_id == "offline/thing"
    assert first.properties == second.properties
    assert set(first.properties) == {*IDENTITY, *HANDLERS[token].outputs}
    assert {key for key, value in first.properties.items() if value.is_secret} == HANDLERS[token].secret_outputs


async def test_an_invented_date_is_a_valid_date() -> None:
    made = await create("Secret", {"name": "A", "projectId": "p", "environment": "prod", "path": "/", "value": "v"})

    assert datetime.date.fromisoformat(str(plain(made.properties["changedOn"])))


async def test_an_update_shows_the_same_diff_as_the_real_provider_and_keeps_outputs() -> None:
    made = await create("Identity", IDENTITY)
    inputs = wrapped_all({**IDENTITY, "paths": ["/apps"]}, ())
    urn = URN.format("Identity")
    diff = await provider().diff(sdk.DiffRequest(urn, made.resource_id or "", made.properties, inputs, []))
    request = sdk.UpdateRequest(urn, made.resource_id or "", made.properties, inputs, 0, [], False)
    updated = await provider().update(request)

    assert diff.diffs == ["paths"]
    assert plain(updated.properties["paths"]) == ["/apps"]
    assert updated.properties["identityId"] == made.properties["identityId"]


async def test_a_resource_from_a_real_server_is_refused() -> None:
    urn, values = URN.format("Identity"), wrapped_all(IDENTITY, ())
    calls = (
        provider().diff(sdk.DiffRequest(urn, "eso", values, values, [])),
        provider().update(sdk.UpdateRequest(urn, "eso", values, values, 0, [], False)),
        provider().read(sdk.ReadRequest(urn, "eso", values, values)),
        provider().delete(sdk.DeleteRequest(urn, "eso", values, 0)),
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
    checked = await provider().check_config(sdk.CheckRequest("urn", {}, values, b""))

    assert [failure.property for failure in checked.failures or []] == ([] if permitted else ["url"])
