"""Importing gives the values that the id holds, the inputs that a program would write, and then no difference."""

from __future__ import annotations

import grpc
import grpc.aio
import pytest

from plugins.protocol.properties import Properties, Secret, reveal
from tests.plugins.random.service import Service

FLAGS = {"lower": True, "number": True, "numeric": True, "special": True, "upper": True}
LEAST = {"minLower": 0, "minNumeric": 0, "minSpecial": 0, "minUpper": 0}
RESERVED = {"__meta", "__pulumi_raw_state_delta"}

IMPORTS: list[tuple[str, str, str, Properties, Properties]] = [
    # kind, import id, id, inputs, outputs
    ("Password", "throw-away", "none", {"length": 10, **FLAGS}, {"id": "none", "result": "throw-away", **LEAST}),
    ("String", "ünlike", "ünlike", {"length": 7, **FLAGS}, {"id": "ünlike", "result": "ünlike", **LEAST}),
    ("Bytes", "3q2+7w==", "3q2+7w==", {"length": 4}, {"base64": "3q2+7w==", "hex": "deadbeef"}),
    (
        "Id",
        "3q2-7w",
        "3q2-7w",
        {"byteLength": 4},
        {"b64Std": "3q2+7w==", "b64Url": "3q2-7w", "dec": "3735928559", "hex": "deadbeef", "keepers": {}},
    ),
    (
        "Id",
        "a,b-,3q2-7w",
        "3q2-7w",
        {"byteLength": 4, "prefix": "a,b-"},
        {"b64Std": "a,b-3q2+7w==", "b64Url": "a,b-3q2-7w", "dec": "a,b-3735928559", "hex": "a,b-deadbeef"},
    ),
    (
        "Uuid",
        "AABBCCDD-0011-2233-4455-66778899AABB",
        "aabbccdd-0011-2233-4455-66778899aabb",
        {},
        {"result": "aabbccdd-0011-2233-4455-66778899aabb", "keepers": {}},
    ),
    ("Integer", "5,0,10", "5", {"min": 0, "max": 10}, {"result": 5, "keepers": {}}),
    ("Integer", "-5,-10,0,seed", "-5", {"min": -10, "max": 0, "seed": "seed"}, {"result": -5}),
]


@pytest.mark.parametrize(
    ("kind", "import_id", "id", "inputs", "expected"), IMPORTS, ids=[f"{i}-{row[0]}" for i, row in enumerate(IMPORTS)]
)
async def test_an_import_holds_what_the_id_says(
    service: Service, kind: str, import_id: str, id: str, inputs: Properties, expected: Properties
) -> None:
    read_id, outputs, read_inputs = await service.read(kind, import_id)

    assert read_id == id
    assert read_inputs == inputs
    plain = reveal(outputs)
    assert expected.items() <= plain.items()
    assert inputs.items() <= plain.items()
    assert await service.diff(kind, outputs, {**inputs, **_explicit(outputs)}) == ([], [])


def _explicit(outputs: Properties) -> Properties:
    """What a program must write beside the inputs for no difference at all: an imported id's empty keepers."""
    return {"keepers": {}} if outputs.get("keepers") == {} else {}


async def test_without_keepers_an_imported_id_gets_a_new_record_but_no_new_value(service: Service) -> None:
    _, outputs, inputs = await service.read("Id", "3q2-7w")

    assert await service.diff("Id", outputs, inputs) == (["keepers"], [])
    updated = await service.update("Id", outputs, inputs)

    assert updated["hex"] == "deadbeef"
    assert "keepers" not in updated
    assert await service.diff("Id", updated, inputs) == ([], [])


async def test_an_imported_password_is_secret_and_has_a_hash_that_fits(service: Service) -> None:
    import bcrypt

    _, outputs, _ = await service.read("Password", "throw-away")

    assert isinstance(outputs["result"], Secret)
    assert isinstance(outputs["bcryptHash"], Secret)
    assert bcrypt.checkpw(b"throw-away", outputs["bcryptHash"].value.encode())


@pytest.mark.parametrize(
    ("kind", "wrong", "says"),
    [
        ("Bytes", "not base64 canary", "standard base64"),
        ("Bytes", "3q2-7w==", "standard base64"),
        ("Id", "canary+/", "URL-safe base64"),
        ("Id", "prefix,", "URL-safe base64"),
        ("Id", "canar", "URL-safe base64"),
        ("Uuid", "canary", "8-4-4-4-12"),
        ("Uuid", "aabbccdd00112233445566778899aabbcanary", "8-4-4-4-12"),
        ("Integer", "1,2", "result,min,max"),
        ("Integer", "1,canary,3", "result,min,max"),
        ("Integer", f"{2**64},0,3", "result,min,max"),
        ("Pet", "canary", "cannot be imported"),
        ("Shuffle", "canary", "cannot be imported"),
    ],
)
async def test_a_wrong_import_id_is_refused_without_being_shown(
    service: Service, kind: str, wrong: str, says: str
) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await service.read(kind, wrong)

    details = refused.value.details()
    assert says in details
    assert f"Random{kind}::thing" in details
    assert "canary" not in details
