"""
Text that a command reads and writes.

A command's text is bytes; a property's is a string. Bytes that are no UTF-8 travel as a byte
string: an object with its own signature that carries them in base64.
"""

from __future__ import annotations

import base64

from tooling.plugin.properties import Special, Value

BYTE_STRING_SIGNATURE = "803fd3297a5875dc03ca845dda5d2a98"

ESCAPES = {"\a": r"\a", "\b": r"\b", "\f": r"\f", "\n": r"\n", "\r": r"\r", "\t": r"\t", "\v": r"\v"}


def is_text(value: Value) -> bool:
    return isinstance(value, str) or (isinstance(value, Special) and value.signature == BYTE_STRING_SIGNATURE)


def to_bytes(value: Value) -> bytes:
    """The bytes of a text property."""
    if isinstance(value, Special):
        return base64.b64decode(value.fields["value"])
    return str(value).encode()


def to_property(data: bytes, *, byte_strings: bool) -> Value:
    """A text property. If the engine takes no byte strings, U+FFFD replaces what is not UTF-8."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        if byte_strings:
            return Special(BYTE_STRING_SIGNATURE, {"value": base64.b64encode(data).decode()})
        return data.decode(errors="replace")


def quoted(text: str) -> str:
    """`text` in double quotes on one line, as Go's `%q` writes it."""
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if character in ESCAPES:
        return ESCAPES[character]
    if character.isprintable():
        return character
    code = ord(character)
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
