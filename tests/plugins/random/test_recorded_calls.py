"""Every call that the engine made to the official plugin gets the official answer."""

from __future__ import annotations

import base64
import json
import re

import bcrypt
import pytest
from google.protobuf import json_format
from google.protobuf.message import Message

from plugins.protocol.properties import Properties, from_struct, reveal
from tests.plugins.random.service import Service
from tests.plugins.recordings import Call, load

CALLS = load("random")
RECORDED = pytest.mark.parametrize("call", CALLS, ids=lambda call: call.id)

DRAWN = {"result", "bcryptHash", "base64", "hex", "b64Std", "b64Url", "dec", "id"}
"""Outputs that no two runs have in common."""


def test_each_method_that_the_engine_calls_is_recorded() -> None:
    assert {call.method for call in CALLS} >= {"Check", "Configure", "Create", "Delete", "Diff", "Handshake", "Read"}


@RECORDED
async def test_the_answer_is_the_official_one(call: Call, service: Service) -> None:
    answer, error = await service.call(call.method, call.request)

    if call.error:
        assert error == call.error
        return
    assert error is None
    assert call.response is not None
    assert answer is not None
    if call.method == "Create" and not call.request.preview:
        _assert_drawn_alike(answer, call.response)
    else:
        assert as_json(answer) == as_json(call.response)


def _assert_drawn_alike(answer: Message, official: Message) -> None:
    ours, theirs = from_struct(answer.properties), from_struct(official.properties)
    assert ours.keys() == theirs.keys()
    for name in ours.keys() - DRAWN:
        assert ours[name] == theirs[name], name
    for name in ours.keys() & DRAWN:
        assert type(ours[name]) is type(theirs[name]), f"{name} is secret in one and not in the other"

    drawn, recorded = reveal(ours), reveal(theirs)
    assert (answer.id, official.id) == tuple(identity(values) for values in (drawn, recorded))
    for name in ours.keys() & DRAWN:
        assert shape(name, drawn) == shape(name, recorded), name
    if recorded.get("id") != "none":
        assert answer.id != official.id


def identity(values: Properties) -> str:
    return values["id"] if "id" in values else values["base64"]


def shape(name: str, values: Properties) -> object:
    """What is the same for each value of this kind: its length and alphabet."""
    text = values[name]
    if name == "dec":
        return int(text) == int(values["hex"], 16)
    if name == "bcryptHash":
        assert bcrypt.checkpw(values["result"].encode(), text.encode())
        return text[:7], len(text)
    if name in ("base64", "b64Std"):
        return len(text), base64.b64decode(text).hex() == values["hex"]
    return len(text), re.fullmatch(r"[0-9A-Za-z_-]+", text) is not None


def as_json(message: Message) -> object:
    return json.loads(json_format.MessageToJson(message))
