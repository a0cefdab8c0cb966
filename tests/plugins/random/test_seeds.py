"""A seed draws what it draws with the official plugin, which uses Go's `math/rand`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from plugins.random.go_random import GoRandom, crc64
from tests.plugins.random.service import Service

# Printed by a Go program: rand.New(rand.NewSource(int64(crc64.Checksum(seed, ISO)))), each line from fresh generators.
DRAWN_BY_GO = [
    json.loads(line)
    for line in (Path(__file__).parent / "data/go-math-rand.jsonl").read_text(encoding="utf-8").splitlines()
]
EACH_SEED = pytest.mark.parametrize("go", DRAWN_BY_GO, ids=[f"seed-{number}" for number in range(len(DRAWN_BY_GO))])


@EACH_SEED
def test_a_seed_draws_what_it_draws_in_go(go: dict[str, Any]) -> None:
    assert crc64(go["seed"].encode()) == int(go["crc64"])
    for limit, drawn in go["below"].items():
        generator = GoRandom.of(go["seed"])
        assert [generator.below(int(limit)) for _ in drawn] == drawn, f"below {limit}"
    for size, order in go["permutation"].items():
        assert GoRandom.of(go["seed"]).permutation(int(size)) == order, f"permutation of {size}"


@EACH_SEED
def test_the_generator_stays_in_step_after_its_vector_was_used_up(go: dict[str, Any]) -> None:
    generator = GoRandom.of(go["seed"])
    for _ in range(5000):
        generator.below(1000)

    assert generator.below(1000) == go["after_5000_draws"]


async def test_an_integer_with_a_seed_is_the_official_one(service: Service) -> None:
    go = next(go for go in DRAWN_BY_GO if go["seed"] == "homelab")

    id, outputs = await service.create("Integer", min=1, max=100, seed="homelab")

    assert outputs["result"] == go["below"]["100"][0] + 1
    assert id == str(outputs["result"])


async def test_a_shuffle_with_a_seed_is_the_official_one(service: Service) -> None:
    go = next(go for go in DRAWN_BY_GO if go["seed"] == "homelab")
    letters = list("abcdefg")

    _, outputs = await service.create("Shuffle", inputs=letters, seed="homelab")

    assert outputs["results"] == [letters[index] for index in go["permutation"]["7"]]


async def test_without_a_seed_each_draw_is_another(service: Service) -> None:
    drawn = [(await service.create("Integer", min=0, max=2**52))[1]["result"] for _ in range(5)]

    assert len(set(drawn)) == 5
