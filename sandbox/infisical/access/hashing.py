"""Passwords and client secrets are kept as bcrypt hashes only."""

from __future__ import annotations

import bcrypt

# bcrypt's limit. The real server's library ignores further bytes; this library refuses them.
SIGNIFICANT_BYTES = 72


def hashed(text: str, rounds: int) -> bytes:
    return bcrypt.hashpw(text.encode()[:SIGNIFICANT_BYTES], bcrypt.gensalt(rounds))


def matches(text: str, digest: bytes) -> bool:
    return bcrypt.checkpw(text.encode()[:SIGNIFICANT_BYTES], digest)
