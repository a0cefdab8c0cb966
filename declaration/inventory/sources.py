"""Where the value of a key comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from declaration.problems import shown
from declaration.section import Section
from infisical.rules import RSA_BITS, rsa_bits

GeneratedKind = Literal["hex", "base64", "base64url", "password", "uuid", "fernet", "ed25519", "rsa", "hashedPassword"]

SIZES: Final[dict[str, tuple[int, int, str]]] = {
    "hex": (8, 64, "random bytes; twice as many characters"),
    "base64": (16, 64, "random bytes"),
    "base64url": (16, 64, "random bytes"),
    "password": (16, 128, "characters"),
    "uuid": (16, 16, "random bytes"),
    "fernet": (32, 32, "random bytes"),
    "ed25519": (32, 32, "random bytes"),
    "rsa": (RSA_BITS[0], RSA_BITS[-1], f"bits: {', '.join(map(str, RSA_BITS))}"),
    # bcrypt reads no more than 72 characters.
    "hashedPassword": (16, 72, "characters"),
}
"""The smallest and the largest size of each kind of generated value, and what the size counts."""

DEFAULT_RSA_BITS: Final = 3072

FEWEST_CHARACTERS: Final = 10

SHARED: Final = "shared"
"""The source of a key that `homelab:shared` declares."""


@dataclass(frozen=True)
class Generate:
    """
    A random value, created once. `SIZES` says what `size` counts.

    `characters` are those of a password; empty means letters and digits.
    """

    kind: GeneratedKind
    size: int
    characters: str = ""


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
                section.skip("size", "characters")
                return Manual()
            return Generate(kind, _parse_size(section, kind), _parse_characters(section, kind))  # type: ignore[arg-type]
        case "config":
            return FromConfig()
        case "":
            section.skip("kind", "size", "characters")
            return Manual()
        case _:
            return Manual()


def _parse_size(section: Section, kind: str) -> int:
    low, high, unit = SIZES[kind]
    default = DEFAULT_RSA_BITS if kind == "rsa" else low
    size = section.integer("size", low, high, unit=unit, default=default if kind == "rsa" or low == high else None)
    if kind == "rsa" and (expected := rsa_bits(size)):
        section.problem("size", str(size), expected, f"write, for example, `size: {default}`, or remove the field")
    return size


def _parse_characters(section: Section, kind: str) -> str:
    if kind != "password":
        return ""
    found = section.optional_string("characters", example="abcdefghjkmnpqrstuvwxyz23456789")
    different = len(set(found)) == len(found) and all(it.isascii() and it.isprintable() for it in found)
    if found and (len(found) < FEWEST_CHARACTERS or " " in found or not different):
        expected = f"at least {FEWEST_CHARACTERS} different printable ASCII characters without a space"
        section.problem("characters", shown(found), expected, "correct the characters, or remove the field")
    return found
