"""A password consists of the characters that the inputs ask for."""

from __future__ import annotations

import string
from collections import Counter

import bcrypt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.random.check import problems
from plugins.random.password import SPECIAL, bcrypt_hash, draw
from plugins.random.state import planned
from tests.plugins.random.service import Service
from tooling.plugin.properties import Properties, reveal

ALPHABETS = {
    "Upper": string.ascii_uppercase,
    "Lower": string.ascii_lowercase,
    "Numeric": string.digits,
    "Special": SPECIAL,
}
CLASSES = [name.lower() for name in ALPHABETS]
ASCII = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20)


@st.composite
def valid_inputs(draw_from: st.DrawFn) -> Properties:
    """Inputs whose length is not less than the sum of their minimums."""
    classes = draw_from(
        st.fixed_dictionaries({name: st.booleans() for name in CLASSES}).filter(lambda chosen: any(chosen.values()))
    )
    minimums = draw_from(st.fixed_dictionaries({}, optional={f"min{name}": st.integers(0, 6) for name in ALPHABETS}))
    override = draw_from(st.fixed_dictionaries({}, optional={"overrideSpecial": st.just("") | ASCII}))
    length = draw_from(st.integers(max(1, sum(minimums.values())), 80))
    return {"length": length, **classes, **minimums, **override}


@settings(deadline=None)
@given(valid_inputs())
def test_a_password_has_its_length_classes_and_minimums(inputs: Properties) -> None:
    assert problems("any", inputs) == []

    result = draw(planned(inputs))

    alphabets = ALPHABETS | {"Special": inputs.get("overrideSpecial") or SPECIAL}
    assert len(result) == inputs["length"]
    allowed = {c for name, alphabet in alphabets.items() for c in alphabet if inputs[name.lower()]}
    others = Counter(character for character in result if character not in allowed)
    # A class that is not chosen occurs at most as often as its minimum.
    assert others.total() <= sum(inputs.get(f"min{name}", 0) for name in ALPHABETS if not inputs[name.lower()])
    for name, alphabet in alphabets.items():
        assert sum(character in alphabet for character in result) >= inputs.get(f"min{name}", 0), name


@pytest.mark.parametrize(
    ("inputs", "alphabet"),
    [
        ({}, string.ascii_letters + string.digits + SPECIAL),
        ({"special": False}, string.ascii_letters + string.digits),
        ({"special": False, "overrideSpecial": "abc"}, string.ascii_letters + string.digits),
        ({"overrideSpecial": ""}, string.ascii_letters + string.digits + SPECIAL),
        ({"overrideSpecial": "_-"}, string.ascii_letters + string.digits + "_-"),
        ({"number": False, "upper": False}, string.ascii_lowercase + SPECIAL),
        ({"lower": False, "upper": False, "overrideSpecial": "abcdef"}, "0123456789abcdef"),
    ],
)
def test_every_character_of_the_alphabet_occurs_about_equally_often(inputs: Properties, alphabet: str) -> None:
    count = 300 * len(alphabet)

    found = Counter(draw(planned({"length": count, **inputs})))

    assert found.keys() == set(alphabet)
    # Ten standard deviations: a correct generator fails this less than once in 10^20 runs.
    assert all(abs(number - 300) < 10 * 300**0.5 for number in found.values())


def test_the_characters_of_a_minimum_are_at_random_positions() -> None:
    values = planned({"length": 4, "upper": False, "special": False, "numeric": False, "minUpper": 1})

    positions = {next(i for i, character in enumerate(draw(values)) if character.isupper()) for _ in range(300)}

    assert positions == {0, 1, 2, 3}


async def test_two_passwords_differ(service: Service) -> None:
    drawn = [reveal((await service.create(length=24))[1])["result"] for _ in range(5)]

    assert len(set(drawn)) == 5


async def test_the_hash_is_that_of_the_first_72_bytes(service: Service) -> None:
    _, outputs = await service.create(length=200)

    password, hashed = reveal(outputs["result"]), reveal(outputs["bcryptHash"])
    assert hashed.startswith("$2a$10$")
    assert len(hashed) == 60
    assert bcrypt.checkpw(password[:72].encode(), hashed.encode())
    assert not bcrypt.checkpw(password[:71].encode(), hashed.encode())


def test_each_hash_has_its_own_salt() -> None:
    assert bcrypt_hash("throw-away") != bcrypt_hash("throw-away")
