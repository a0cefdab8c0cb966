"""RSA key pairs are made as other tools make them, and the same seed always makes the same pair."""

from __future__ import annotations

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from infisical.rsa import rsa

SEEDS = ["0" * 64, "f" * 64, "0123456789abcdef" * 4]


@pytest.mark.parametrize(("seed", "bits"), [*((seed, 2048) for seed in SEEDS), (SEEDS[0], 3072), ("0", 4096)])
def test_other_tools_read_all_parts_as_one_valid_pair(seed: str, bits: int) -> None:
    parts = json.loads(rsa(seed, bits))

    # It checks that the numbers belong together and that both are primes.
    private = load_pem_private_key(parts["private"].encode(), None)

    assert isinstance(private, RSAPrivateKey)
    assert (private.key_size, private.public_key().public_numbers().e) == (bits, 65537)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    assert parts["private"] == pem.decode()
    public = private.public_key()
    assert parts["public"] == public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    assert parts["publicPem"] == public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def test_the_same_seed_makes_the_same_pair_and_another_one_a_different_pair() -> None:
    pairs = [rsa(seed, 2048) for seed in (SEEDS[0], *SEEDS)]

    assert pairs[0] == pairs[1]
    assert len(set(pairs)) == len(SEEDS)
