"""RandomBytes, RandomId and RandomUuid: as many bytes as asked for, each spelling of the same ones."""

from __future__ import annotations

import base64
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.random.octets import generate_bytes, generate_id, generate_uuid

LENGTHS = st.integers(1, 200)


@settings(deadline=None)
@given(LENGTHS)
def test_bytes_are_the_same_in_base64_and_hexadecimal(length: int) -> None:
    values = generate_bytes({"length": length, "keepers": None})

    assert len(bytes.fromhex(values["hex"])) == length
    assert base64.b64decode(values["base64"], validate=True).hex() == values["hex"]


@settings(deadline=None)
@given(LENGTHS, st.none() | st.text(max_size=10))
def test_an_id_is_the_same_in_each_spelling_and_carries_its_prefix(length: int, prefix: str | None) -> None:
    values = generate_id({"byteLength": length, "prefix": prefix, "keepers": None})

    front = prefix or ""
    assert all(values[name].startswith(front) for name in ("b64Std", "b64Url", "hex", "dec"))
    octets = bytes.fromhex(values["hex"].removeprefix(front))
    assert len(octets) == length
    assert values["dec"].removeprefix(front) == str(int.from_bytes(octets, "big"))
    assert base64.b64decode(values["b64Std"].removeprefix(front), validate=True) == octets
    assert values["b64Url"] == front + values["id"]
    assert values["id"] == base64.urlsafe_b64encode(octets).decode().rstrip("=")


def test_a_uuid_has_all_of_its_bits_drawn() -> None:
    drawn = [generate_uuid({"keepers": None})["result"] for _ in range(200)]

    assert all(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", uuid) for uuid in drawn)
    assert len(set(drawn)) == 200
    for place in (i for i in range(36) if i not in (8, 13, 18, 23)):
        assert len({uuid[place] for uuid in drawn}) > 8, f"digit {place}"


def test_every_value_of_a_byte_occurs() -> None:
    assert set(bytes.fromhex(generate_bytes({"length": 20_000, "keepers": None})["hex"])) == set(range(256))
