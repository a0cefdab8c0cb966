"""Every call that the engine made to the official plugin gets the official answer."""

from __future__ import annotations

import json
from typing import Any

import bcrypt
import pytest
from google.protobuf import json_format
from google.protobuf.message import Message

from tests.plugins.random.service import Service
from tests.plugins.recordings import Call, load
from tooling.plugin.properties import Properties, from_struct, reveal

CALLS = load("random")
RECORDED = pytest.mark.parametrize("call", CALLS, ids=lambda call: call.id)

DRAWN = {"result", "bcryptHash"}
"""Outputs that differ in each run."""


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
        assert_same_form(answer, call.response)
    else:
        assert as_json(answer) == as_json(call.response)


def assert_same_form(answer: Any, official: Any) -> None:
    ours, theirs = from_struct(answer.properties), from_struct(official.properties)
    assert ours.keys() == theirs.keys()
    for name in ours.keys() - DRAWN:
        assert ours[name] == theirs[name], name
    for name in DRAWN:
        assert type(ours[name]) is type(theirs[name]), f"{name} is secret in one and not in the other"

    assert answer.id == official.id == "none"
    drawn, recorded = reveal(ours), reveal(theirs)
    assert form(drawn) == form(recorded)
    assert drawn["result"] != recorded["result"]


def form(values: Properties) -> tuple[int, bool, str, int]:
    """What all passwords with the same inputs have in common."""
    password, hashed = values["result"], values["bcryptHash"]
    assert bcrypt.checkpw(password.encode(), hashed.encode())
    return len(password), password.isalnum(), hashed[:7], len(hashed)


def as_json(message: Message) -> object:
    return json.loads(json_format.MessageToJson(message))
