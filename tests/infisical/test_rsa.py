"""RSA key pairs have the forms that other tools read, and their parts belong together."""

from __future__ import annotations

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key, load_ssh_public_key

from infisical.rsa import rsa
from infisical.rules import RSA_BITS


@pytest.mark.parametrize("bits", RSA_BITS)
def test_all_parts_are_of_one_pair(bits: int) -> None:
    parts = json.loads(rsa(bits))

    private = load_pem_private_key(parts["private"].encode(), None)
    public = load_pem_public_key(parts["publicPem"].encode())

    assert isinstance(private, RSAPrivateKey)
    assert (private.key_size, private.public_key().public_numbers().e) == (bits, 65537)
    assert parts["private"].startswith("-----BEGIN PRIVATE KEY-----")
    assert private.public_key() == public == load_ssh_public_key(parts["public"].encode())


def test_each_pair_is_a_new_one() -> None:
    assert rsa(2048) != rsa(2048)
