"""An export is opened by its passphrase alone, and a fingerprint says nothing without it."""

from __future__ import annotations

import json

import pytest

from infisical.api.secret_copies import SecretCopy
from operations.encryption_key.errors import Refused
from operations.encryption_key.export import Export, Spot, differences, from_json
from operations.encryption_key.seal import Seal, salt_of

VALUE = "canary-value"
ROOT = Spot("prod", "/")


def export(*secrets: SecretCopy) -> Export:
    return Export("homelab", "Homelab", {"prod": "Production"}, ((ROOT, secrets),))


def test_an_export_comes_back_as_it_was() -> None:
    seal = Seal("passphrase")
    whole = export(SecretCopy("A", VALUE, "why", True, ({"key": "k", "value": "v"},)), SecretCopy("B", "ü\n"))

    closed = seal.close(whole.to_json())

    assert VALUE.encode() not in closed
    assert from_json(Seal("passphrase", salt_of(closed)).open(closed)) == whole


def test_another_passphrase_does_not_open_it() -> None:
    closed = Seal("passphrase").close(b"text")

    with pytest.raises(Refused, match="cannot be opened"):
        Seal("another", salt_of(closed)).open(closed)


def test_one_that_was_changed_is_not_opened() -> None:
    seal = Seal("passphrase")
    content = json.loads(seal.close(b"text"))
    content["text"] = ("A" if content["text"][0] != "A" else "B") + content["text"][1:]

    with pytest.raises(Refused, match="cannot be opened"):
        seal.open(json.dumps(content).encode())


def test_a_fingerprint_is_another_one_with_another_passphrase_or_salt() -> None:
    seal = Seal("passphrase")

    assert seal.fingerprint(VALUE) == Seal("passphrase", seal.salt).fingerprint(VALUE)
    assert seal.fingerprint(VALUE) != Seal("passphrase").fingerprint(VALUE)
    assert seal.fingerprint(VALUE) != Seal("another", seal.salt).fingerprint(VALUE)


def test_differences_name_places_and_no_values() -> None:
    seal = Seal("passphrase")
    wanted = export(SecretCopy("A", VALUE), SecretCopy("B", VALUE), SecretCopy("C", VALUE, "old comment"))
    found = export(SecretCopy("A", VALUE), SecretCopy("C", VALUE, "another comment"), SecretCopy("NEW", VALUE))

    assert differences(wanted.fingerprints(seal), found.fingerprints(seal)) == [
        "B at / in prod: missing",
        "C at / in prod: another value",
    ]
    assert VALUE not in repr(wanted)
