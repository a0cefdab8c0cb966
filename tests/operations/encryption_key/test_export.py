"""Two exports of the same secrets are equal, in any order that Infisical returns them."""

from __future__ import annotations

from typing import Any

from infisical.api.secret_copies import SecretCopy
from operations.encryption_key.cipher import Cipher
from operations.encryption_key.export import Export, Folder, differences

CIPHER = Cipher("throw-away passphrase")
OWNER = {"key": "owner", "value": "me", "isEncrypted": False}
TEAM = {"isEncrypted": False, "value": "home", "key": "team"}


def fingerprints(*metadata: dict[str, Any]) -> dict[str, str]:
    copy = SecretCopy("NAME", "value", metadata=metadata)
    return Export("homelab", "homelab", {}, ((Folder("prod", "/"), (copy,)),)).fingerprints(CIPHER)


def test_the_order_of_metadata_is_no_difference() -> None:
    assert fingerprints(OWNER, TEAM) == fingerprints(TEAM, OWNER)


def test_other_metadata_is_a_difference() -> None:
    for other in ([OWNER], [OWNER, OWNER, TEAM], [OWNER, {**TEAM, "value": "work"}], [OWNER, {**TEAM, "key": "other"}]):
        assert differences(fingerprints(OWNER, TEAM), fingerprints(*other)) == ["NAME at / in prod: different"]
