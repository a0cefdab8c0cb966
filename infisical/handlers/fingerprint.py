"""A keyed hash that tells whether a value is still the one that was seen, without holding it."""

from __future__ import annotations

import hashlib
import hmac
import secrets


def fingerprint(value: str, earlier: str = "") -> str:
    """`<key>:<hash>` of a value; the same text as `earlier` where the value is that one's."""
    key = earlier.partition(":")[0] or secrets.token_hex(16)
    return f"{key}:{hmac.new(bytes.fromhex(key), value.encode(), hashlib.sha256).hexdigest()}"
