"""A keyed hash that shows whether a value has changed, without revealing it."""

from __future__ import annotations

import hashlib
import hmac
import secrets


def fingerprint(value: str, earlier: str = "") -> str:
    """`<key>:<hash>` of a value; equal to `earlier` if the value is the same."""
    key = earlier.partition(":")[0] or secrets.token_hex(16)
    return f"{key}:{hmac.new(bytes.fromhex(key), value.encode(), hashlib.sha256).hexdigest()}"
