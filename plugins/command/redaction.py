"""
What a command may not show: the texts of its secret inputs.

The official provider shows what a command prints, whatever it is. Here an input that is secret
is hidden in log lines and errors, and makes the output that contains it secret too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from plugins.protocol.properties import Properties, Secret, Value, parts, reveal

CREDENTIALS = ("password", "privateKey", "privateKeyPassword")

SHORTEST = 3
"""Characters: Pulumi's own filter leaves shorter secrets alone, or each `a` of a message would be hidden."""

SHORTEST_LINE = 8
"""Characters: a line of a longer secret is hidden alone, unless it is as common as `}`."""


@dataclass(frozen=True)
class Redaction:
    """The texts to hide, the longest first."""

    texts: tuple[str, ...] = field(repr=False)

    def hide(self, text: str) -> str:
        """`text` with `[secret]` where a secret stood."""
        for secret in self.texts:
            text = text.replace(secret, "[secret]")
        return text

    def found_in(self, text: str) -> bool:
        """Whether a secret stands in `text`."""
        return any(secret in text for secret in self.texts)


def redaction(inputs: Properties) -> Redaction:
    """What to hide for a command with these inputs."""
    texts: set[str] = set()
    for name, value in inputs.items():
        found = _credentials(reveal(value)) if name == "connection" else _secrets(value)
        for text in found:
            lines = [line.strip() for line in text.splitlines()]
            texts |= {text.rstrip("\n"), *(line for line in lines if len(line) >= SHORTEST_LINE)}
    return Redaction(tuple(sorted((text for text in texts if len(text) >= SHORTEST), key=len, reverse=True)))


def _secrets(value: Value) -> Iterator[str]:
    for part in parts(value):
        if isinstance(part, Secret):
            yield from (text for text in parts(part.value) if isinstance(text, str))


def _credentials(connection: Value) -> Iterator[str]:
    # A connection is secret as a whole, but its host, port and user are what an error has to name.
    if not isinstance(connection, dict):
        return
    yield from (connection[key] for key in CREDENTIALS if isinstance(connection.get(key), str))
    yield from _credentials(connection.get("proxy"))
