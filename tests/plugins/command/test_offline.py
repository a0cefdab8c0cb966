"""The provider that runs no command."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pulumi.runtime.proto import provider_pb2

from plugins.command.offline import OfflineCommandProvider
from tests.plugins.command.service import Service, served, urn
from tooling.plugin.properties import Properties, from_struct, to_struct


@pytest.fixture
async def offline() -> AsyncIterator[Service]:
    async with served(OfflineCommandProvider) as service:
        yield service


async def test_no_command_of_a_resource_is_run(offline: Service, tmp_path: Path) -> None:
    touched = tmp_path / "touched"
    inputs: Properties = dict.fromkeys(("create", "update", "delete"), f"touch {touched}; echo printed")
    created = await offline.stub.Create(provider_pb2.CreateRequest(urn=urn("local"), properties=to_struct(inputs)))
    updated = await offline.stub.Update(
        provider_pb2.UpdateRequest(urn=urn("local"), olds=created.properties, news=to_struct(inputs | {"stdin": "x"}))
    )
    await offline.stub.Delete(provider_pb2.DeleteRequest(urn=urn("local"), properties=updated.properties))

    assert not touched.exists()
    for state in (created.properties, updated.properties):
        assert (from_struct(state)["stdout"], from_struct(state)["stderr"]) == ("", "")


async def test_a_function_is_refused(offline: Service) -> None:
    _, error = await offline.call("Invoke", provider_pb2.InvokeRequest(tok="command:local:run"))

    assert error is not None
    assert error[0] == "Unimplemented"
