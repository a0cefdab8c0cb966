"""RandomPassword and RandomString hold what was asked for, and nothing else."""

from __future__ import annotations

import string
from collections import Counter

import bcrypt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.protocol.properties import Properties, reveal
from plugins.random.characters import RANDOM_PASSWORD, SPECIAL, bcrypt_hash, draw
from plugins.random.check import problems
from plugins.random.state import planned
from tests.plugins.random.service import Service

ALPHABETS = {
    "Upper": string.ascii_uppercase,
    "Lower": string.ascii_lowercase,
    "Numeric": string.digits,
    "Special": SPECIAL,
}
FLAGS = [name.lower() for name in ALPHABETS]
ASCII = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20)


@st.composite
def recipes(draw_from: st.DrawFn) -> Properties:
    """Inputs that leave room for what they ask for."""
    flags = draw_from(st.fixed_dictionaries({flag: st.booleans() for flag in FLAGS}).filter(lambda f: any(f.values())))
    least = draw_from(st.fixed_dictionaries({}, optional={f"min{name}": st.integers(0, 6) for name in ALPHABETS}))
    override = draw_from(st.fixed_dictionaries({}, optional={"overrideSpecial": st.just("") | ASCII}))
    length = draw_from(st.integers(max(1, sum(least.values())), 80))
    return {"length": length, **flags, **least, **override}


@settings(deadline=None)
@given(recipes())
def test_length_classes_and_least_numbers_are_kept(inputs: Properties) -> None:
    assert problems(RANDOM_PASSWORD, "any", inputs) == []

    result = draw(planned(RANDOM_PASSWORD, inputs))

    alphabets = ALPHABETS | {"Special": inputs.get("overrideSpecial") or SPECIAL}
    assert len(result) == inputs["length"]
    allowed = {c for name, alphabet in alphabets.items() for c in alphabet if inputs[name.lower()]}
    strangers = Counter(character for character in result if character not in allowed)
    # What is not chosen occurs only as often as a least number asks for it.
    assert strangers.total() <= sum(inputs.get(f"min{name}", 0) for name in ALPHABETS if not inputs[name.lower()])
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

    found = Counter(draw(planned(RANDOM_PASSWORD, {"length": count, **inputs})))

    assert found.keys() == set(alphabet)
    # Ten standard deviations: a right generator misses this less than once in 10^20 runs.
    assert all(abs(number - 300) < 10 * 300**0.5 for number in found.values())


def test_characters_of_a_least_number_may_stand_anywhere() -> None:
    values = planned(RANDOM_PASSWORD, {"length": 4, "upper": False, "special": False, "numeric": False, "minUpper": 1})

    places = {next(i for i, character in enumerate(draw(values)) if character.isupper()) for _ in range(300)}

    assert places == {0, 1, 2, 3}


async def test_two_draws_differ(service: Service) -> None:
    drawn = [reveal((await service.create("String", length=24))[1])["result"] for _ in range(5)]

    assert len(set(drawn)) == 5


async def test_the_hash_is_of_the_first_72_bytes(service: Service) -> None:
    _, outputs = await service.create("Password", length=200)

    password, hashed = reveal(outputs["result"]), reveal(outputs["bcryptHash"])
    assert hashed.startswith("$2a$10$")
    assert len(hashed) == 60
    assert bcrypt.checkpw(password[:72].encode(), hashed.encode())
    assert not bcrypt.checkpw(password[:71].encode(), hashed.encode())


def test_each_hash_has_its_own_salt() -> None:
    assert bcrypt_hash("throw-away") != bcrypt_hash("throw-away")
