"""Output and input that is no UTF-8."""

from __future__ import annotations

import base64

from pulumi.runtime.proto import provider_pb2

from plugins.command.text import BYTE_STRING_SIGNATURE
from tests.plugins.command.service import Service
from tooling.plugin.properties import Special

BYTES = Special(BYTE_STRING_SIGNATURE, {"value": base64.b64encode(b"a\xff\xfe").decode()})


async def test_bytes_reach_an_engine_with_byte_strings(service: Service) -> None:
    await service.stub.Handshake(provider_pb2.ProviderHandshakeRequest(accepts_byte_string=True))

    state = await service.create(create="printf 'a\\377\\376'")

    assert state["stdout"] == BYTES


async def test_an_engine_without_byte_strings_receives_replacement_characters(service: Service) -> None:
    assert (await service.create(create="printf 'a\\377\\376'"))["stdout"] == "a\ufffd\ufffd"


async def test_bytes_reach_a_command(service: Service) -> None:
    state = await service.create(create='cat; printf "$BYTES"', stdin=BYTES, environment={"BYTES": BYTES})

    assert state["stdout"] == "a\ufffd\ufffd" * 2
    assert state["stdin"] == BYTES
