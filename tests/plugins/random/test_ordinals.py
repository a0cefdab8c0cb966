"""RandomInteger stays in its range; RandomShuffle gives each item, and none too often."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.random.ordinals import generate_integer, generate_shuffle

WHOLE = st.integers(-(2**53), 2**53)
SEEDS = st.none() | st.text(max_size=10)


@settings(deadline=None)
@given(WHOLE, WHOLE, SEEDS)
def test_an_integer_is_within_its_range(one: int, other: int, seed: str | None) -> None:
    values = {"min": min(one, other), "max": max(one, other), "seed": seed}

    result = generate_integer(values)["result"]

    assert values["min"] <= result <= values["max"]


def test_both_ends_of_a_range_are_drawn_and_about_equally_often() -> None:
    drawn = Counter(generate_integer({"min": -1, "max": 2, "seed": None})["result"] for _ in range(4000))

    assert drawn.keys() == {-1, 0, 1, 2}
    assert all(abs(number - 1000) < 300 for number in drawn.values())


@settings(deadline=None)
@given(st.lists(st.text(max_size=5), max_size=12), st.none() | st.integers(0, 40), SEEDS)
def test_a_shuffle_gives_as_many_as_asked_for_and_repeats_evenly(
    given_items: list[str], count: int | None, seed: str | None
) -> None:
    results = generate_shuffle({"inputs": given_items, "resultCount": count, "seed": seed})["results"]

    wanted = count or len(given_items)
    if not given_items:
        assert results == []
        return
    assert len(results) == wanted
    size = len(given_items)
    for start in range(0, wanted - size + 1, size):
        assert sorted(results[start : start + size]) == sorted(given_items)
    rest = results[wanted - wanted % size :]
    assert not Counter(rest) - Counter(given_items)


def test_without_a_seed_every_order_occurs() -> None:
    values = {"inputs": ["a", "b", "c"], "resultCount": None, "seed": None}

    orders = {"".join(generate_shuffle(values)["results"]) for _ in range(500)}

    assert orders == {"abc", "acb", "bac", "bca", "cab", "cba"}
