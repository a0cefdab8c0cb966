"""Values that are compared and never shown."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

from infisical.api.call import hidden


@dataclass(frozen=True)
class Mark:
    """A value's keyed hash: equal marks of one `Confidential` are equal values."""

    digest: bytes = field(repr=False)
    empty: bool


class Confidential:
    """
    Marks values with a key of its own, which no other has, and hides them in texts.

    :param public: texts that are no secret, whatever holds them
    """

    def __init__(self, public: Iterable[str] = ()) -> None:
        self._key = secrets.token_bytes(32)
        self._public = frozenset(public)
        self._values: set[str] = set()

    def mark(self, value: bytes) -> Mark:
        self._values.add(value.decode(errors="replace"))
        return Mark(hmac.new(self._key, value, hashlib.sha256).digest(), empty=not value)

    def hidden(self, text: str) -> str:
        """`text` without any of the values that were marked, but for those too short to be told from words."""
        return hidden(text, self._values - self._public)


def same(one: Mark, other: Mark) -> bool:
    return hmac.compare_digest(one.digest, other.digest)
