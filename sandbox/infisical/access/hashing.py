"""Passwords and client secrets are kept as bcrypt hashes only."""

from __future__ import annotations

import bcrypt

# bcrypt knows no more than these; the real server's implementation ignores what follows, this one would refuse it.
SIGNIFICANT_BYTES = 72


def hashed(text: str, rounds: int) -> bytes:
    return bcrypt.hashpw(text.encode()[:SIGNIFICANT_BYTES], bcrypt.gensalt(rounds))


def matches(text: str, digest: bytes) -> bool:
    return bcrypt.checkpw(text.encode()[:SIGNIFICANT_BYTES], digest)
