"""Secret values that are compared and never shown."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

from infisical.api.http.call import hidden


@dataclass(frozen=True)
class ValueHash:
    """A keyed hash of a value: equal hashes of one `ValueHasher` mean equal values."""

    digest: bytes = field(repr=False)
    size: int

    @property
    def empty(self) -> bool:
        return self.size == 0


class ValueHasher:
    """
    Hashes values with its own random key, and hides them in messages.

    :param public: values that are not secret, even if a Secret holds them
    """

    def __init__(self, public: Iterable[str] = ()) -> None:
        self._key = secrets.token_bytes(32)
        self._public = frozenset(public)
        self._values: set[str] = set()

    def hash(self, value: bytes) -> ValueHash:
        self._values.add(value.decode(errors="replace"))
        return ValueHash(hmac.new(self._key, value, hashlib.sha256).digest(), len(value))

    def hidden(self, text: str) -> str:
        """`text` without the hashed values, except for values too short to recognize."""
        return hidden(text, self._values - self._public)


def equal(one: ValueHash, other: ValueHash) -> bool:
    return hmac.compare_digest(one.digest, other.digest)
