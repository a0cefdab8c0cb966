"""
How a password is generated, imported, and completed from an older record.

First the minimum number of each class is drawn, then the rest from all chosen classes together. Then the order is
shuffled. As in the official provider, a class's minimum is drawn even if the class is not chosen.
"""

from __future__ import annotations

import secrets
import string

from plugins.random.attributes import INPUTS
from tooling.plugin.properties import Properties

SPECIAL = "!@#$%&*()-_=+[]{}<>:?"
BCRYPT_LIMIT = 72
"""Bytes. bcrypt reads no more, and the official provider hashes the first 72 of a longer password."""

BCRYPT_COST = 10

ID = "none"
"""Of every RandomPassword: an id is stored unencrypted, so it cannot be the password."""

CLASSES = (
    ("upper", "minUpper", string.ascii_uppercase),
    ("lower", "minLower", string.ascii_lowercase),
    ("numeric", "minNumeric", string.digits),
    ("special", "minSpecial", SPECIAL),
)
"""For each class: the input that chooses it, the input with its minimum number, and its characters."""


def draw(values: Properties) -> str:
    """Return a random string of exactly `length` characters that follows the inputs."""
    chosen = ""
    drawn: list[str] = []
    for name, minimum, characters in CLASSES:
        alphabet = (values["overrideSpecial"] or characters) if name == "special" else characters
        if values[name]:
            chosen += alphabet
        drawn += [secrets.choice(alphabet) for _ in range(values[minimum])]
    drawn += [secrets.choice(chosen) for _ in range(values["length"] - len(drawn))]
    secrets.SystemRandom().shuffle(drawn)
    return "".join(drawn)


def generate(values: Properties) -> Properties:
    """Return the outputs of a new password."""
    result = draw(values)
    return {"result": result, "bcryptHash": bcrypt_hash(result), "id": ID}


def restore(password: str) -> Properties:
    """Return all values of an imported password."""
    outputs = {"result": password, "bcryptHash": bcrypt_hash(password), "id": ID}
    return _defaults(password) | outputs | {"keepers": None, "overrideSpecial": None}


def upgrade(values: Properties) -> Properties:
    """Complete a record of an older release: defaults may be missing, and some releases wrote a wrong hash."""
    result = values["result"] or ""
    known = {name: value for name, value in values.items() if value is not None}
    completed = values | _defaults(result) | known
    completed["numeric"] = completed["number"]
    hashed = completed["bcryptHash"]
    if hashed is None or not matches(result, hashed):
        completed["bcryptHash"] = bcrypt_hash(result)
    return completed


def bcrypt_hash(password: str) -> str:
    """Return a new bcrypt hash of the first 72 bytes."""
    import bcrypt

    salt = bcrypt.gensalt(BCRYPT_COST, prefix=b"2a")
    return bcrypt.hashpw(password.encode()[:BCRYPT_LIMIT], salt).decode()


def matches(password: str, hashed: str) -> bool:
    """Whether `hashed` is a bcrypt hash of the password."""
    import bcrypt

    try:
        return bcrypt.checkpw(password.encode()[:BCRYPT_LIMIT], hashed.encode())
    except ValueError:  # not a bcrypt hash
        return False


def _defaults(result: str) -> Properties:
    defaults = {attribute.name: attribute.default for attribute in INPUTS if attribute.default is not None}
    return defaults | {"length": len(result.encode())}
