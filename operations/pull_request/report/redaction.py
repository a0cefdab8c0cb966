"""Removes known secrets from a text, in all forms in which a program is likely to write them."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final
from urllib.parse import quote

HIDDEN: Final = "[secret]"
SHORTEST: Final = 8
"""Shorter secrets are not hidden: words of the report may contain them. Throw-away secrets are longer."""

_SECRET_MARK: Final = "4dabf18193072939515e22adb298388d"
"""The key that identifies a secret object in Pulumi's state."""


class Redaction:
    """Hides each secret: plain, in base64 at any offset, in hex, percent-encoded, as JSON, and reversed."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known = {secret for secret in secrets if len(secret) >= SHORTEST}
        lines = {line.strip() for secret in known for line in secret.splitlines() if len(line.strip()) >= SHORTEST}
        patterns = {pattern for secret in known | lines for pattern in _patterns(secret)}
        # The longest first, so that a secret that contains a shorter one is hidden completely.
        ordered = sorted(patterns, key=lambda pattern: (-len(pattern), pattern))
        self._pattern = re.compile("|".join(ordered), re.IGNORECASE) if ordered else None

    def hide(self, text: str) -> str:
        """Return the text without the secrets."""
        return self._pattern.sub(HIDDEN, text) if self._pattern else text

    def __repr__(self) -> str:
        return "Redaction(…)"


def secrets_of_state(exported: Any) -> set[str]:
    """
    Return every secret string in a state.

    :param exported: the parsed output of `pulumi stack export --show-secrets`
    """
    found: set[str] = set()
    for text in _secret_texts(exported):
        found.add(text)
        found |= _decoded(text)
    return found


def _secret_texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if _SECRET_MARK in value and isinstance(value.get("plaintext"), str):
            yield from _texts(json.loads(value["plaintext"]))
        else:
            for entry in value.values():
                yield from _secret_texts(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from _secret_texts(entry)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for entry in value.values() if isinstance(value, dict) else value:
            yield from _texts(entry)


def _decoded(text: str) -> set[str]:
    """Return the decoded text if it is base64."""
    try:
        return {base64.b64decode(text, validate=True).decode()}
    except (binascii.Error, ValueError):
        return set()


def _patterns(secret: str) -> Iterator[str]:
    data = secret.encode()
    for form in (
        secret,
        secret[::-1],
        data.hex(),
        quote(secret, safe=""),
        json.dumps(secret)[1:-1],
        repr(secret)[1:-1],
    ):
        yield re.escape(form)
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + data).decode()
        end = (offset + len(data)) % 3
        # The characters at its ends also depend on the neighbouring bytes.
        inner = encoded[(offset * 8 + 5) // 6 : len(encoded.rstrip("=")) - (1 if end else 0)]
        before, after = ("[\\w+/-]?" if at else "" for at in (offset, end))
        for form in (inner, inner.translate(str.maketrans("+/", "-_"))):
            yield f"{before}{re.escape(form)}{after}"
