"""An RSA key pair is computed once for each seed and size, and is in the state only."""

from __future__ import annotations

import json

import pytest

from infisical.properties import UNKNOWN
from tests.infisical.stack import Declared, Stack

SEED = "0123456789abcdef" * 4


def pair(seed: object = SEED, bits: float = 2048) -> list[Declared]:
    return [Declared("RsaKeyPair", "key", {"seed": seed, "bits": bits})]


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """What was computed, instead of computing it."""
    found: list[tuple[str, int]] = []

    def rsa(seed: str, bits: int) -> str:
        found.append((seed, bits))
        return json.dumps({"private": f"{bits} of {seed}"})

    monkeypatch.setattr("infisical.rsa.rsa", rsa)
    return found


async def test_the_pair_is_a_secret_and_the_state_has_no_seed_outside_the_inputs(
    stack: Stack, computed: list[tuple[str, int]]
) -> None:
    await stack.up(pair())

    assert stack.secret_outputs("key") == {"pair"}
    assert "seed" not in stack.outputs("key")


async def test_it_is_computed_again_only_for_a_new_seed_or_size(stack: Stack, computed: list[tuple[str, int]]) -> None:
    await stack.up(pair())
    first = stack.outputs("key")["pair"]
    await stack.refresh()
    await stack.up(pair())
    assert (stack.steps, stack.outputs("key")["pair"]) == ([], first)

    await stack.up(pair(bits=3072))
    await stack.up(pair("f" * 64, 3072))

    assert computed == [(SEED, 2048), (SEED, 3072), ("f" * 64, 3072)]
    assert stack.outputs("key")["pair"] == '{"private": "3072 of ' + "f" * 64 + '"}'


async def test_a_preview_computes_nothing_and_knows_the_pair_only_if_it_stays(
    stack: Stack, computed: list[tuple[str, int]]
) -> None:
    assert (await stack.preview(pair()))["key"]["pair"] is UNKNOWN
    await stack.up(pair())
    unchanged, rotated = await stack.preview(pair()), await stack.preview(pair(UNKNOWN))

    assert unchanged["key"]["pair"] == stack.outputs("key")["pair"]
    assert rotated["key"]["pair"] is UNKNOWN
    assert computed == [(SEED, 2048)]


async def test_deleting_one_deletes_nothing_elsewhere(stack: Stack, computed: list[tuple[str, int]]) -> None:
    await stack.up(pair())

    await stack.up([])

    assert stack.steps == [("delete", "key")]
    assert stack.log.infos == []
