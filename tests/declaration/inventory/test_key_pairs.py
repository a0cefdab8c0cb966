"""Key pairs are made as other tools make them, and the same seed always makes the same pair."""

from __future__ import annotations

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_ssh_private_key

from declaration.inventory.key_pairs import ed25519, public_key

SEEDS = [bytes(32), bytes(range(32)), b"\xff" * 32, b"0123456789abcdef" * 2]


@pytest.mark.parametrize(
    ("seed", "public"),
    [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        ),
    ],
)
def test_the_public_key_is_that_of_the_standard(seed: str, public: str) -> None:
    """Vectors of RFC 8032, section 7.1."""
    assert public_key(bytes.fromhex(seed)).hex() == public


@pytest.mark.parametrize("seed", SEEDS)
def test_other_tools_read_both_parts_as_one_pair(seed: bytes) -> None:
    pair = json.loads(ed25519(seed))

    private = load_ssh_private_key(pair["private"].encode(), None)

    assert isinstance(private, Ed25519PrivateKey)
    assert private.private_bytes_raw() == seed
    assert private.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode() == pair["public"]


def test_the_same_seed_makes_the_same_pair() -> None:
    assert ed25519(SEEDS[1]) == ed25519(SEEDS[1])
    assert len({ed25519(seed) for seed in SEEDS}) == len(SEEDS)
