"""Only the passphrase decrypts an export, and fingerprints depend on it."""

from __future__ import annotations

import json

import pytest

from infisical.api.secret_copies import SecretCopy
from operations.encryption_key.cipher import Cipher, salt_of
from operations.encryption_key.errors import Refused
from operations.encryption_key.export import Export, Folder, differences, from_json

VALUE = "canary-value"
ROOT = Folder("prod", "/")


def export(*secrets: SecretCopy) -> Export:
    return Export("homelab", "Homelab", {"prod": "Production"}, ((ROOT, secrets),))


def test_an_export_is_encrypted_and_decrypted() -> None:
    cipher = Cipher("passphrase")
    whole = export(SecretCopy("A", VALUE, "why", True, ({"key": "k", "value": "v"},)), SecretCopy("B", "ü\n"))

    encrypted = cipher.encrypt(whole.to_json())

    assert VALUE.encode() not in encrypted
    assert from_json(Cipher("passphrase", salt_of(encrypted)).decrypt(encrypted)) == whole


def test_a_wrong_passphrase_does_not_decrypt_it() -> None:
    encrypted = Cipher("passphrase").encrypt(b"text")

    with pytest.raises(Refused, match="cannot be decrypted"):
        Cipher("another", salt_of(encrypted)).decrypt(encrypted)


def test_a_changed_file_is_not_decrypted() -> None:
    cipher = Cipher("passphrase")
    content = json.loads(cipher.encrypt(b"text"))
    content["text"] = ("A" if content["text"][0] != "A" else "B") + content["text"][1:]

    with pytest.raises(Refused, match="cannot be decrypted"):
        cipher.decrypt(json.dumps(content).encode())


def test_a_fingerprint_depends_on_the_passphrase_and_the_salt() -> None:
    cipher = Cipher("passphrase")

    assert cipher.fingerprint(VALUE) == Cipher("passphrase", cipher.salt).fingerprint(VALUE)
    assert cipher.fingerprint(VALUE) != Cipher("passphrase").fingerprint(VALUE)
    assert cipher.fingerprint(VALUE) != Cipher("another", cipher.salt).fingerprint(VALUE)


def test_differences_name_secrets_and_folders_but_no_values() -> None:
    cipher = Cipher("passphrase")
    expected = export(SecretCopy("A", VALUE), SecretCopy("B", VALUE), SecretCopy("C", VALUE, "old comment"))
    found = export(SecretCopy("A", VALUE), SecretCopy("C", VALUE, "another comment"), SecretCopy("NEW", VALUE))

    assert differences(expected.fingerprints(cipher), found.fingerprints(cipher)) == [
        "B at / in prod: missing",
        "C at / in prod: different",
    ]
    assert VALUE not in repr(expected)
