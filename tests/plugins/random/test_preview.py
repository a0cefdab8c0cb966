"""A preview generates nothing: its outputs are unknown."""

from __future__ import annotations

import grpc
import grpc.aio
import pytest

from tests.plugins.random.service import Service
from tooling.plugin.properties import UNKNOWN, Unknown, parts

NUMBER = Unknown("3eeb2bf0-c639-47a8-9e75-3b44932eb421")


async def test_the_outputs_of_a_preview_are_unknown(service: Service) -> None:
    id, outputs = await service.create(preview=True, length=4)

    assert id == ""
    assert {name for name, value in outputs.items() if value == UNKNOWN} == {"bcryptHash", "id", "result"}
    assert outputs["length"] == 4
    assert not any(name.startswith("__") for name in outputs)


async def test_unknown_inputs_stay_unknown(service: Service) -> None:
    _, outputs = await service.create(preview=True, length=NUMBER, numeric=UNKNOWN, keepers={"a": UNKNOWN, "b": "1"})

    assert outputs["length"] == UNKNOWN
    assert outputs["numeric"] == outputs["number"] == UNKNOWN
    assert outputs["keepers"] == {"a": UNKNOWN, "b": "1"}


async def test_nothing_is_generated_for_unknown_inputs(service: Service) -> None:
    with pytest.raises(grpc.aio.AioRpcError, match="expected known inputs, found an unknown one"):
        await service.create(length=8, keepers={"a": UNKNOWN})


async def test_a_record_has_no_unknown_values(service: Service) -> None:
    _, outputs = await service.create(length=8)

    assert not any(isinstance(part, Unknown) for part in parts(outputs))
