"""An RSA key pair is made once for each trigger and size, and is in the state only."""

from __future__ import annotations

import json

import pytest

from infisical.properties import UNKNOWN
from tests.infisical.stack import Declared, Stack

TRIGGER = "0123456789abcdef" * 4


def pair(trigger: object = TRIGGER, bits: float = 2048) -> list[Declared]:
    return [Declared("RsaKeyPair", "key", {"trigger": trigger, "bits": bits})]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of the pairs, which are not made here."""
    found: list[int] = []

    def rsa(bits: int) -> str:
        found.append(bits)
        return json.dumps({"private": f"pair {len(found)}"})

    monkeypatch.setattr("infisical.rsa.rsa", rsa)
    return found


async def test_the_pair_is_a_secret_and_the_state_has_no_trigger_outside_the_inputs(
    stack: Stack, made: list[int]
) -> None:
    await stack.up(pair())

    assert stack.secret_outputs("key") == {"pair"}
    assert "trigger" not in stack.outputs("key")


async def test_a_new_one_is_made_only_for_a_new_trigger_or_size(stack: Stack, made: list[int]) -> None:
    await stack.up(pair())
    first = stack.outputs("key")["pair"]
    await stack.refresh()
    await stack.up(pair())
    assert (stack.steps, stack.outputs("key")["pair"]) == ([], first)

    await stack.up(pair(bits=3072))
    await stack.up(pair("f" * 64, 3072))

    assert made == [2048, 3072, 3072]
    assert stack.outputs("key")["pair"] == '{"private": "pair 3"}'


async def test_a_preview_makes_nothing_and_knows_the_pair_only_if_it_stays(stack: Stack, made: list[int]) -> None:
    assert (await stack.preview(pair()))["key"]["pair"] is UNKNOWN
    await stack.up(pair())
    unchanged, rotated = await stack.preview(pair()), await stack.preview(pair(UNKNOWN))

    assert unchanged["key"]["pair"] == stack.outputs("key")["pair"]
    assert rotated["key"]["pair"] is UNKNOWN
    assert made == [2048]


async def test_deleting_one_deletes_nothing_elsewhere(stack: Stack, made: list[int]) -> None:
    await stack.up(pair())

    await stack.up([])

    assert stack.steps == [("delete", "key")]
    assert stack.log.infos == []
