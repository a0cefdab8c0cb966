"""
RandomPassword and RandomString: characters out of chosen classes, with a least number of each.

First the least number of each class is drawn, then the rest out of all chosen classes together, then
the order is shuffled. A class's least number is drawn even where the class is not chosen, as officially.
"""

from __future__ import annotations

import secrets
import string
from collections.abc import Iterator

from plugins.protocol.properties import UNKNOWN, Properties
from plugins.random.kind import KEEPERS, Attribute, Kind, Replaces, Type

SPECIAL = "!@#$%&*()-_=+[]{}<>:?"
BCRYPT_LIMIT = 72
"""Bytes; bcrypt reads no more, and the official provider hashes the first 72 of a longer password."""

BCRYPT_COST = 10

CLASSES = (
    ("upper", "minUpper", string.ascii_uppercase),
    ("lower", "minLower", string.ascii_lowercase),
    ("numeric", "minNumeric", string.digits),
    ("special", "minSpecial", SPECIAL),
)


def draw(values: Properties) -> str:
    """A random string of exactly `length` characters, by the rules of `values`."""
    chosen = ""
    drawn: list[str] = []
    for flag, least, characters in CLASSES:
        alphabet = (values["overrideSpecial"] or characters) if flag == "special" else characters
        if values[flag]:
            chosen += alphabet
        drawn += [secrets.choice(alphabet) for _ in range(values[least])]
    drawn += [secrets.choice(chosen) for _ in range(values["length"] - len(drawn))]
    secrets.SystemRandom().shuffle(drawn)
    return "".join(drawn)


def bcrypt_hash(text: str) -> str:
    """A fresh bcrypt hash of (the first 72 bytes of) `text`."""
    import bcrypt

    salt = bcrypt.gensalt(BCRYPT_COST, prefix=b"2a")
    return bcrypt.hashpw(text.encode()[:BCRYPT_LIMIT], salt).decode()


def matches(text: str, hashed: str) -> bool:
    """Whether `hashed` is a bcrypt hash of `text`."""
    import bcrypt

    try:
        return bcrypt.checkpw(text.encode()[:BCRYPT_LIMIT], hashed.encode())
    except ValueError:  # not a bcrypt hash at all
        return False


def check(inputs: Properties) -> Iterator[tuple[str, str]]:
    """Lengths that leave no room, and alphabets that hold no character or one that is torn apart."""
    number, numeric = inputs["number"], inputs["numeric"]
    if isinstance(number, bool) and isinstance(numeric, bool) and number != numeric:
        yield (
            "number",
            "Number and numeric are both configured with different values. Number is deprecated, use numeric instead",
        )
    override = inputs["overrideSpecial"]
    if isinstance(override, str) and not override.isascii():
        yield (
            "overrideSpecial",
            "Invalid Attribute Value. Attribute overrideSpecial must hold ASCII characters only:"
            " length counts bytes, and a longer character would be torn apart",
        )

    length = inputs["length"]
    least = [inputs[name] or 0 for _, name, _ in CLASSES]
    if length is None or UNKNOWN in (length, *least):
        return
    if length < sum(least):
        names = " + ".join(name for _, name, _ in CLASSES)
        yield (
            "length",
            f"Invalid Attribute Value. Attribute length value must be at least sum of {names}, got: {length}",
        )
    flags = [inputs[flag] if flag != "numeric" or numeric is not None else number for flag, _, _ in CLASSES]
    if length > sum(least) and all(flag is False for flag in flags):
        yield (
            "special",
            "Invalid Attribute Combination. At least one of upper, lower, numeric and special must be true:"
            " there is no character to draw from",
        )


def generate_string(values: Properties) -> Properties:
    result = draw(values)
    return {"result": result, "id": result}


def generate_password(values: Properties) -> Properties:
    result = draw(values)
    return {"result": result, "bcryptHash": bcrypt_hash(result), "id": "none"}


def restore_string(id: str) -> Properties:
    return _defaults(id) | {"result": id, "id": id, "keepers": None, "overrideSpecial": None}


def restore_password(id: str) -> Properties:
    return restore_string(id) | {"id": "none", "bcryptHash": bcrypt_hash(id)}


def upgrade_string(values: Properties) -> Properties:
    """Records of older releases, imported ones above all, lack what has a default now."""
    known = {name: value for name, value in values.items() if value is not None}
    completed = values | _defaults(values["result"] or "") | known
    return completed | {"numeric": completed["number"]}


def upgrade_password(values: Properties) -> Properties:
    """As a string's, and a hash that is missing or wrong (some releases hashed wrongly) is made anew."""
    values = upgrade_string(values)
    result, hashed = values["result"] or "", values["bcryptHash"]
    if hashed is None or not matches(result, hashed):
        values["bcryptHash"] = bcrypt_hash(result)
    return values


def _defaults(result: str) -> Properties:
    given = {attribute.name: attribute.default for attribute in INPUTS if attribute.default is not None}
    return given | {"length": len(result.encode())}


def _flag(name: str, what: str, **more: str) -> Attribute:
    return Attribute(name, Type.FLAG, f"Whether {what} may occur.", default=True, **more)  # type: ignore[arg-type]


def _least(name: str, what: str) -> Attribute:
    return Attribute(name, Type.WHOLE, f"How many {what} occur at least.", default=0, minimum=0)


INPUTS = (
    KEEPERS,
    Attribute(
        "length",
        Type.WHOLE,
        "How many characters; at least 1, and at least minUpper + minLower + minNumeric + minSpecial.",
        required=True,
        minimum=1,
    ),
    _flag("lower", "lower-case letters"),
    _least("minLower", "lower-case letters"),
    _least("minNumeric", "digits"),
    _least("minSpecial", "special characters"),
    _least("minUpper", "upper-case letters"),
    _flag("number", "digits", twin="numeric", deprecation="**NOTE**: This is deprecated, use `numeric` instead."),
    _flag("numeric", "digits", twin="number"),
    Attribute(
        "overrideSpecial",
        Type.TEXT,
        f"The special characters to draw from, instead of {SPECIAL}; `special` must be true for them to occur.",
        replaces=Replaces.UNLESS_CLEARED,
    ),
    _flag("special", "special characters"),
    _flag("upper", "upper-case letters"),
)

RANDOM_STRING = Kind(
    "RandomString",
    "Random characters that may be shown.",
    (
        *INPUTS,
        Attribute("result", Type.TEXT, "The characters.", computed=True),
        Attribute("id", Type.TEXT, "The characters.", computed=True),
    ),
    generate=generate_string,
    restore=restore_string,
    check=check,
    schema_version=2,
    upgrade=upgrade_string,
)

RANDOM_PASSWORD = Kind(
    "RandomPassword",
    "Random characters that are a secret.",
    (
        *INPUTS,
        Attribute("result", Type.TEXT, "The characters.", computed=True, secret=True),
        Attribute(
            "bcryptHash", Type.TEXT, "A bcrypt hash of the first 72 bytes of the result.", computed=True, secret=True
        ),
        Attribute("id", Type.TEXT, "Always `none`.", computed=True),
    ),
    generate=generate_password,
    restore=restore_password,
    check=check,
    schema_version=3,
    upgrade=upgrade_password,
)
