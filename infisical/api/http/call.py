"""A request to the API as data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import quote

Method = Literal["GET", "POST", "PATCH", "DELETE"]
Body = Mapping[str, object]

HIDDEN = "[hidden]"
SHORTEST_HIDDEN = 4
"""Shorter strings are not hidden: they would match everywhere."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """
    One request.

    `what` completes "Infisical cannot …" and names the object, without any secret. `repeatable` says that repeating
    it is harmless. `secrets` are strings that no message may show.
    """

    what: str
    method: Method
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Body | None = field(default=None, repr=False)
    repeatable: bool = False
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def may_repeat(self) -> bool:
        return self.repeatable or self.method == "GET"

    def without_secrets(self, text: str, *others: str) -> str:
        """`text` with every secret of this call, and the `others`, hidden."""
        return hidden(text, (*self.secrets, *others))


def hidden(text: str, secrets: Iterable[str]) -> str:
    """`text` without any of the secrets, except for those too short to recognize."""
    # The longest first, because one may be a part of another.
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= SHORTEST_HIDDEN:
            text = text.replace(secret, HIDDEN)
    return text


def path(template: str, *parts: str) -> str:
    """A path whose `{}` are filled with quoted parts."""
    return template.format(*(quote(part, safe="") for part in parts))
