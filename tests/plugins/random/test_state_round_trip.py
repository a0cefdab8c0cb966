"""
A stack moves between the official provider and this one without a difference.

The official records come from recorded states, decrypted; their values are throw-away.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import grpc
import grpc.aio
import pytest
from google.protobuf import json_format, struct_pb2

from tests.plugins.random.service import Service
from tooling.plugin.properties import Properties, from_struct, reveal


@dataclass(frozen=True)
class Recorded:
    """One resource of a recorded state."""

    name: str
    id: str
    inputs: Properties = field(repr=False)
    outputs: Properties = field(repr=False)


def _recorded(line: str) -> Recorded:
    resource = json.loads(line)

    def properties(name: str) -> Properties:
        return from_struct(json_format.ParseDict(resource[name], struct_pb2.Struct()))

    return Recorded(
        name=f"{resource['run']}-{resource['urn'].rpartition('::')[2]}",
        id=resource["id"],
        inputs=properties("inputs"),
        outputs=properties("outputs"),
    )


DATA = Path(__file__).parent / "official-state.jsonl"
OFFICIAL = [_recorded(line) for line in DATA.read_text(encoding="utf-8").splitlines()]
EACH_OFFICIAL = pytest.mark.parametrize("official", OFFICIAL, ids=lambda official: official.name)
RESERVED = ("__meta", "__pulumi_raw_state_delta")

EACH_INPUTS = pytest.mark.parametrize(
    "inputs",
    [
        {"length": 8},
        {"length": 8, "special": False},
        {"length": 8, "overrideSpecial": ""},
        {"length": 8, "keepers": {}},
        {"length": 8, "overrideSpecial": "-", "keepers": {"a": True}, "number": False, "minUpper": 2},
    ],
)


@EACH_INPUTS
async def test_a_new_password_shows_no_difference(service: Service, inputs: Properties) -> None:
    _, outputs = await service.create(**inputs)

    # The engine returns the record without its secret marks.
    assert await service.diff(reveal(outputs), inputs) == ([], [])


@EACH_INPUTS
async def test_a_refresh_reads_back_what_was_created(service: Service, inputs: Properties) -> None:
    id, outputs = await service.create(**inputs)

    read_id, read_outputs, read_inputs = await service.read(id, reveal(outputs), inputs)

    assert read_id == id
    assert read_outputs == outputs
    assert await service.diff(reveal(read_outputs), read_inputs) == ([], [])


@EACH_OFFICIAL
async def test_an_official_record_shows_no_difference(service: Service, official: Recorded) -> None:
    assert await service.diff(reveal(official.outputs), official.inputs) == ([], [])


@EACH_OFFICIAL
async def test_a_refresh_keeps_an_official_record(service: Service, official: Recorded) -> None:
    id, outputs, inputs = await service.read(official.id, reveal(official.outputs), official.inputs)

    assert id == official.id
    assert outputs == official.outputs
    assert inputs == official.inputs


@EACH_OFFICIAL
async def test_a_new_record_has_the_official_form(service: Service, official: Recorded) -> None:
    _, outputs = await service.create(**official.inputs)

    assert outputs.keys() == official.outputs.keys()
    for name in (*RESERVED, *official.inputs):
        assert outputs.get(name) == official.outputs.get(name), name
    for name, value in outputs.items():
        assert type(value) is type(official.outputs[name]), name


async def test_an_import_writes_the_official_record(service: Service) -> None:
    official = next(official for official in OFFICIAL if official.name == "demo-088-import-password-imported")

    id, outputs, inputs = await service.read(reveal(official.outputs)["result"])

    assert id == official.id
    assert inputs == official.inputs
    # Each hash has its own salt.
    assert {**outputs, "bcryptHash": None} == {**official.outputs, "bcryptHash": None}


async def test_an_import_of_older_releases_is_completed_and_keeps_its_password(service: Service) -> None:
    """pulumi-random #258: releases that lost the schema version made upgrades regenerate passwords."""
    import bcrypt

    old = {"id": "none", "result": "throw-away"}
    inputs = {"length": 10}

    assert await service.diff(old, inputs) == ([], [])
    _, outputs, _ = await service.read("none", old, inputs)

    plain = reveal(outputs)
    assert plain["result"] == "throw-away"
    assert bcrypt.checkpw(b"throw-away", plain["bcryptHash"].encode())
    assert plain["__meta"] == '{"schema_version":"3"}'


async def test_a_wrong_hash_of_an_older_release_is_replaced(service: Service) -> None:
    import bcrypt

    _, created = await service.create(length=10)
    old = reveal(created) | {"__meta": '{"schema_version":"2"}', "bcryptHash": "$2a$10$" + "a" * 53}

    _, outputs, _ = await service.read("none", old, {"length": 10})

    plain = reveal(outputs)
    assert bcrypt.checkpw(plain["result"].encode(), plain["bcryptHash"].encode())


async def test_a_correct_hash_of_an_older_release_is_kept(service: Service) -> None:
    _, created = await service.create(length=10)
    old = reveal(created) | {"__meta": '{"schema_version":"2"}'}

    _, outputs, _ = await service.read("none", old, {"length": 10})

    assert outputs == created


async def test_a_record_without_a_schema_version_keeps_its_password(service: Service) -> None:
    old = {"id": "none", "result": "abc", "length": 3, "number": False}

    assert await service.diff(old, {"length": 3, "numeric": False}) == ([], [])


async def test_a_record_of_a_newer_release_is_refused(service: Service) -> None:
    _, created = await service.create(length=3)

    with pytest.raises(grpc.aio.AioRpcError, match="found schema version 9, expected 3 or lower"):
        await service.diff(reveal(created) | {"__meta": '{"schema_version":"9"}'}, {"length": 3})
