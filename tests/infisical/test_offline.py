"""The provider without a server: it sends nothing, answers from what it is told, and leaves real resources alone."""

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
    """One whose first call to a server would be an error."""
    return OfflineProvider(NotebookLog(), transport=Scripted())


async def create(kind: str, inputs: dict[str, Any]) -> sdk.CreateResponse:
    return await provider().create(sdk.CreateRequest(URN.format(kind), wrapped_all(inputs, ()), 0, False))


@pytest.mark.parametrize("token", HANDLERS)
async def test_every_kind_is_made_alike_each_time_with_all_its_outputs(token: str) -> None:
    kind = token.rpartition(":")[2]
    first, second = await create(kind, IDENTITY), await create(kind, IDENTITY)

    assert first.resource_id == "offline/thing"
    assert first.properties == second.properties
    assert set(first.properties) == {*IDENTITY, *HANDLERS[token].outputs}
    assert {key for key, value in first.properties.items() if value.is_secret} == HANDLERS[token].secret_outputs


async def test_a_date_is_made_up_as_one() -> None:
    made = await create("Secret", {"name": "A", "projectId": "p", "environment": "prod", "path": "/", "value": "v"})

    assert datetime.date.fromisoformat(str(plain(made.properties["changedOn"])))


async def test_a_change_is_the_one_that_the_provider_sees_and_keeps_what_was_made() -> None:
    made = await create("Identity", IDENTITY)
    inputs = wrapped_all({**IDENTITY, "paths": ["/apps"]}, ())
    urn = URN.format("Identity")
    diff = await provider().diff(sdk.DiffRequest(urn, made.resource_id or "", made.properties, inputs, []))
    request = sdk.UpdateRequest(urn, made.resource_id or "", made.properties, inputs, 0, [], False)
    updated = await provider().update(request)

    assert diff.diffs == ["paths"]
    assert plain(updated.properties["paths"]) == ["/apps"]
    assert updated.properties["identityId"] == made.properties["identityId"]


async def test_a_resource_of_a_server_is_left_alone() -> None:
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
async def test_it_serves_only_whoever_throws_the_state_away(permitted: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(PERMISSION, raising=False)
    if permitted:
        monkeypatch.setenv(PERMISSION, "true")
    values = wrapped_all({"url": "http://infisical.test", "token": "t"}, ())
    checked = await provider().check_config(sdk.CheckRequest("urn", {}, values, b""))

    assert [failure.property for failure in checked.failures or []] == ([] if permitted else ["url"])
