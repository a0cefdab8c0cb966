"""Where the value of a key comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from declaration.section import Section

GeneratedKind = Literal["hex", "base64", "password"]

SIZES: Final[dict[str, tuple[int, int, str]]] = {
    "hex": (8, 64, "random bytes; twice as many characters"),
    "base64": (16, 64, "random bytes"),
    "password": (16, 128, "characters"),
}
"""The smallest and the largest size of each kind of generated value, and what the size counts."""

SHARED: Final = "shared"
"""The source of a key that `homelab:shared` declares."""


@dataclass(frozen=True)
class Generate:
    """A random value, created once. `SIZES` says what `size` counts."""

    kind: GeneratedKind
    size: int


@dataclass(frozen=True)
class FromConfig:
    """A value that the owner sets in the stack config, encrypted."""


@dataclass(frozen=True)
class Manual:
    """A value that the owner sets by hand in Infisical."""


Source = Generate | FromConfig | Manual


def parse_source(section: Section, words: Sequence[str]) -> Source:
    """:param words: the accepted sources; `SHARED` reads as `Manual`"""
    match section.choice("source", words):
        case "generate":
            kind = section.choice("kind", tuple(SIZES))
            if not kind:
                section.skip("size")
                return Manual()
            low, high, unit = SIZES[kind]
            return Generate(kind, section.integer("size", low, high, unit=unit))  # type: ignore[arg-type]
        case "config":
            return FromConfig()
        case "":
            section.skip("kind", "size")
            return Manual()
        case _:
            return Manual()
