"""Every call that the engine made to the official plugin gets the official answer."""

from __future__ import annotations

import json
import re

import pytest
from google.protobuf import json_format
from google.protobuf.message import Message
from pulumi.runtime.proto import provider_pb2

from tests.plugins.command.service import Service
from tests.plugins.recordings import Call, load

CALLS = load("command")


def test_each_method_that_the_engine_calls_is_recorded() -> None:
    assert {call.method for call in CALLS} == {
        *("Handshake", "CheckConfig", "DiffConfig", "Configure"),
        *("Check", "Diff", "Create", "Read", "Update", "Delete"),
    }


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.id)
async def test_the_answer_is_the_official_one(call: Call, service: Service) -> None:
    answer, error = await service.call(call.method, call.request)

    assert error == call.error
    if call.response is None:
        return
    assert answer is not None
    if call.method == "Create":
        # The last eight digits of the id are random.
        assert re.fullmatch(f"{call.request.name}[0-9a-f]{{8}}", call.response.id)
        assert re.fullmatch(f"{call.request.name}[0-9a-f]{{8}}", answer.id)
        assert answer.id != call.response.id
        answer.id = call.response.id
    assert as_json(answer) == as_json(call.response)


CHANGES = [call for call in CALLS if call.method in ("Create", "Update") and not call.request.preview]


@pytest.mark.parametrize("call", CHANGES, ids=lambda call: call.id)
async def test_an_official_state_has_no_diff_with_the_inputs_that_made_it(call: Call, service: Service) -> None:
    assert call.response is not None
    inputs = call.request.properties if call.method == "Create" else call.request.news

    answer = await service.stub.Diff(
        provider_pb2.DiffRequest(urn=call.request.urn, olds=call.response.properties, news=inputs, old_inputs=inputs)
    )

    assert as_json(answer) == {"changes": "DIFF_NONE", "hasDetailedDiff": True}


def as_json(message: Message) -> object:
    fields = json.loads(json_format.MessageToJson(message))
    if isinstance(fields, dict) and "diffs" in fields:
        # The official order is that of a Go map, which differs each time.
        fields["diffs"].sort()
    return fields
