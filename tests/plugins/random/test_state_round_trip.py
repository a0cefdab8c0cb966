"""
A stack moves between the official plugin and this one without a difference.

The official records are out of recorded states, decrypted; their values are throw-away.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import grpc
import grpc.aio
import pytest
from google.protobuf import json_format, struct_pb2

from plugins.protocol.properties import Properties, Secret, from_struct, reveal
from plugins.random.kinds import KINDS
from tests.plugins.random.service import Service


@dataclass(frozen=True)
class Recorded:
    """One resource of a recorded state."""

    name: str
    kind: str
    id: str
    inputs: Properties = field(repr=False)
    outputs: Properties = field(repr=False)


def _recorded(line: str) -> Recorded:
    resource = json.loads(line)

    def properties(name: str) -> Properties:
        return from_struct(json_format.ParseDict(resource[name], struct_pb2.Struct()))

    return Recorded(
        name=f"{resource['run']}-{resource['urn'].rpartition('::')[2]}",
        kind=resource["type"].rpartition(":Random")[2],
        id=resource["id"],
        inputs=properties("inputs"),
        outputs=properties("outputs"),
    )


DATA = Path(__file__).parent / "data/official-state.jsonl"
OFFICIAL = [_recorded(line) for line in DATA.read_text(encoding="utf-8").splitlines()]
EACH_OFFICIAL = pytest.mark.parametrize("official", OFFICIAL, ids=lambda official: official.name)
RESERVED = ("__meta", "__pulumi_raw_state_delta")

EVERY_KIND: list[tuple[str, Properties]] = [
    ("Bytes", {"length": 4}),
    ("Bytes", {"length": 4, "keepers": {"a": "1"}}),
    ("Id", {"byteLength": 4}),
    ("Id", {"byteLength": 4, "prefix": "x-", "keepers": {}}),
    ("Integer", {"min": -3, "max": 3}),
    ("Integer", {"min": -3, "max": 3, "seed": "s", "keepers": {"a": 1}}),
    ("Password", {"length": 8}),
    ("Password", {"length": 8, "overrideSpecial": "-", "keepers": {"a": True}, "number": False, "minUpper": 2}),
    ("Pet", {}),
    ("Pet", {"length": 3, "prefix": "x", "separator": "", "keepers": {"a": "1"}}),
    ("Shuffle", {"inputs": ["b", "a"]}),
    ("Shuffle", {"inputs": [], "resultCount": 4, "seed": "s"}),
    ("String", {"length": 8, "special": False}),
    ("String", {"length": 8, "overrideSpecial": ""}),
    ("Uuid", {}),
    ("Uuid", {"keepers": {"a": "1"}}),
]
EACH_KIND = pytest.mark.parametrize(
    ("kind", "inputs"), EVERY_KIND, ids=[f"{i}-{kind}" for i, (kind, _) in enumerate(EVERY_KIND)]
)


def test_every_kind_makes_the_round_trip() -> None:
    assert {f"Random{kind}" for kind, _ in EVERY_KIND} == {kind.name for kind in KINDS.values()}


@EACH_KIND
async def test_what_was_created_here_shows_no_difference(service: Service, kind: str, inputs: Properties) -> None:
    _, outputs = await service.create(kind, **inputs)

    # The engine hands the record back without its secret marks.
    assert await service.diff(kind, reveal(outputs), inputs) == ([], [])


@EACH_KIND
async def test_a_refresh_reads_back_what_was_created(service: Service, kind: str, inputs: Properties) -> None:
    id, outputs = await service.create(kind, **inputs)

    read_id, read_outputs, read_inputs = await service.read(kind, id, reveal(outputs), inputs)

    assert read_id == id
    assert read_outputs == outputs
    assert await service.diff(kind, reveal(read_outputs), read_inputs) == ([], [])


@EACH_OFFICIAL
async def test_an_official_record_shows_no_difference(service: Service, official: Recorded) -> None:
    assert await service.diff(official.kind, reveal(official.outputs), official.inputs) == ([], [])


@EACH_OFFICIAL
async def test_a_refresh_leaves_an_official_record_as_it_is(service: Service, official: Recorded) -> None:
    id, outputs, inputs = await service.read(official.kind, official.id, reveal(official.outputs), official.inputs)

    assert id == official.id
    assert outputs == official.outputs
    assert inputs == official.inputs


@EACH_OFFICIAL
async def test_a_record_made_here_has_the_official_form(service: Service, official: Recorded) -> None:
    _, outputs = await service.create(official.kind, **official.inputs)

    assert outputs.keys() == official.outputs.keys()
    for name in (*RESERVED, *official.inputs):
        assert outputs.get(name) == official.outputs.get(name), name
    for name, value in outputs.items():
        assert type(value) is type(official.outputs[name]), name


async def test_a_shuffle_s_record_says_which_names_differ_and_what_are_lists(service: Service) -> None:
    """Terraform's names are `input` and `result`; no recording has a shuffle, the form follows from the bridge."""
    null = Secret({"replace": {"raw": None}})

    _, outputs = await service.create("Shuffle", inputs=["a"], seed="s")

    assert outputs["__pulumi_raw_state_delta"] == {
        "obj": {
            "renamed": {"inputs": "input", "results": "result"},
            "ps": {"inputs": {"arr": {}}, "results": {"arr": {}}, "keepers": null, "resultCount": null},
        }
    }


@pytest.mark.parametrize("name", ["demo-088-import-password-imported", "homelab-030-import-random-adopted"])
async def test_an_import_writes_the_official_record(service: Service, name: str) -> None:
    official = next(official for official in OFFICIAL if official.name == name)
    plain = reveal(official.outputs)

    id, outputs, inputs = await service.read(official.kind, plain.get("result") or plain["base64"])

    assert id == official.id
    assert inputs == official.inputs
    # Each hash has its own salt.
    assert {**outputs, "bcryptHash": None} == {**official.outputs, "bcryptHash": None}


async def test_an_import_of_older_releases_is_completed_and_keeps_its_password(service: Service) -> None:
    """pulumi-random #258: releases that lost the schema version made upgrades regenerate passwords."""
    import bcrypt

    old = {"id": "none", "result": "throw-away"}
    inputs = {"length": 10}

    assert await service.diff("Password", old, inputs) == ([], [])
    _, outputs, _ = await service.read("Password", "none", old, inputs)

    plain = reveal(outputs)
    assert plain["result"] == "throw-away"
    assert bcrypt.checkpw(b"throw-away", plain["bcryptHash"].encode())
    assert plain["__meta"] == '{"schema_version":"3"}'


async def test_a_hash_that_an_older_release_made_wrongly_is_made_anew(service: Service) -> None:
    import bcrypt

    _, created = await service.create("Password", length=10)
    old = reveal(created) | {"__meta": '{"schema_version":"2"}', "bcryptHash": "$2a$10$" + "a" * 53}

    _, outputs, _ = await service.read("Password", "none", old, {"length": 10})

    plain = reveal(outputs)
    assert bcrypt.checkpw(plain["result"].encode(), plain["bcryptHash"].encode())


async def test_a_right_hash_of_an_older_release_is_kept(service: Service) -> None:
    _, created = await service.create("Password", length=10)
    old = reveal(created) | {"__meta": '{"schema_version":"2"}'}

    _, outputs, _ = await service.read("Password", "none", old, {"length": 10})

    assert outputs == created


async def test_a_string_without_a_schema_version_keeps_its_value(service: Service) -> None:
    old = {"id": "abc", "result": "abc", "length": 3, "number": False}

    assert await service.diff("String", old, {"length": 3, "numeric": False}) == ([], [])


async def test_a_record_of_a_newer_release_is_refused(service: Service) -> None:
    _, created = await service.create("String", length=3)

    with pytest.raises(grpc.aio.AioRpcError, match="schema version is 9, and this plugin reads up to 2"):
        await service.diff("String", reveal(created) | {"__meta": '{"schema_version":"9"}'}, {"length": 3})
