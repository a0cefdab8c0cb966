"""A preview draws nothing: what would be drawn is unknown, and so is what follows from unknown inputs."""

from __future__ import annotations

import grpc
import grpc.aio
import pytest

from plugins.protocol.properties import UNKNOWN, Properties, Unknown, parts
from tests.plugins.random.service import Service

NUMBER = Unknown("3eeb2bf0-c639-47a8-9e75-3b44932eb421")


@pytest.mark.parametrize(
    ("kind", "inputs", "drawn"),
    [
        ("Bytes", {"length": 4}, {"base64", "hex"}),
        ("Id", {"byteLength": 4}, {"b64Std", "b64Url", "dec", "hex", "id"}),
        ("Integer", {"min": 1, "max": 2}, {"id", "result"}),
        ("Password", {"length": 4}, {"bcryptHash", "id", "result"}),
        ("Pet", {}, {"id"}),
        ("Shuffle", {"inputs": ["a"]}, {"id", "results"}),
        ("String", {"length": 4}, {"id", "result"}),
        ("Uuid", {}, {"id", "result"}),
    ],
)
async def test_what_would_be_drawn_is_unknown(service: Service, kind: str, inputs: Properties, drawn: set[str]) -> None:
    id, outputs = await service.create(kind, preview=True, **inputs)

    assert id == ""
    assert {name for name, value in outputs.items() if value == UNKNOWN} == drawn
    assert inputs.items() <= outputs.items()
    assert not any(name.startswith("__") for name in outputs)


async def test_unknown_inputs_stay_unknown(service: Service) -> None:
    _, outputs = await service.create(
        "Password", preview=True, length=NUMBER, numeric=UNKNOWN, keepers={"a": UNKNOWN, "b": "1"}
    )

    assert outputs["length"] == UNKNOWN
    assert outputs["numeric"] == outputs["number"] == UNKNOWN
    assert outputs["keepers"] == {"a": UNKNOWN, "b": "1"}


async def test_nothing_is_drawn_for_unknown_inputs(service: Service) -> None:
    with pytest.raises(grpc.aio.AioRpcError, match="must be known"):
        await service.create("Password", length=8, keepers={"a": UNKNOWN})


async def test_a_drawn_record_holds_nothing_unknown(service: Service) -> None:
    _, outputs = await service.create("Password", length=8)

    assert not any(isinstance(part, Unknown) for part in parts(outputs))
