"""
Hide the secret inputs of a command in logs and errors.

The official provider shows all output of a command. Here a secret input is hidden in log lines
and errors, and an output that contains it is secret too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from tooling.plugin.properties import Properties, Secret, Value, parts

SHORTEST = 3
"""Characters: Pulumi's own filter leaves shorter secrets alone, or each `a` of a message would be hidden."""

SHORTEST_LINE = 8
"""Characters: a line of a longer secret is hidden alone, unless it is as common as `}`."""


@dataclass(frozen=True)
class Redaction:
    """The strings to hide, longest first."""

    texts: tuple[str, ...] = field(repr=False)

    def hide(self, text: str) -> str:
        """`text` with `[secret]` in place of each secret."""
        for secret in self.texts:
            text = text.replace(secret, "[secret]")
        return text

    def found_in(self, text: str) -> bool:
        """Whether `text` contains a secret."""
        return any(secret in text for secret in self.texts)


def redaction(inputs: Properties) -> Redaction:
    """What to hide for a command with these inputs."""
    texts: set[str] = set()
    for value in inputs.values():
        for text in _secrets(value):
            lines = [line.strip() for line in text.splitlines()]
            texts |= {text.rstrip("\n"), *(line for line in lines if len(line) >= SHORTEST_LINE)}
    return Redaction(tuple(sorted((text for text in texts if len(text) >= SHORTEST), key=len, reverse=True)))


def _secrets(value: Value) -> Iterator[str]:
    for part in parts(value):
        if isinstance(part, Secret):
            yield from (text for text in parts(part.value) if isinstance(text, str))
