"""RandomBytes, RandomId and RandomUuid: random bytes, written in several ways."""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from dataclasses import replace

from plugins.protocol.properties import Properties
from plugins.random.kind import KEEPERS, Attribute, Kind, Replaces, Type

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
RAW_BASE64_URL = re.compile(r"[A-Za-z0-9_-]*")


def _bytes(octets: bytes) -> Properties:
    return {"base64": base64.b64encode(octets).decode(), "hex": octets.hex()}


def generate_bytes(values: Properties) -> Properties:
    return _bytes(secrets.token_bytes(values["length"]))


def restore_bytes(id: str) -> Properties:
    try:
        octets = base64.b64decode(id, validate=True)
    except binascii.Error as exc:
        message = "the import id is the bytes in standard base64, with padding"
        raise ValueError(message) from exc
    return _bytes(octets) | {"base64": id, "length": len(octets), "keepers": None}


def _id(octets: bytes, prefix: str) -> Properties:
    standard = base64.b64encode(octets).decode()
    url = base64.urlsafe_b64encode(octets).decode().rstrip("=")
    return {
        "id": url,
        "b64Std": prefix + standard,
        "b64Url": prefix + url,
        "hex": prefix + octets.hex(),
        "dec": prefix + str(int.from_bytes(octets, "big")),
    }


def generate_id(values: Properties) -> Properties:
    return _id(secrets.token_bytes(values["byteLength"]), values["prefix"] or "")


def restore_id(id: str) -> Properties:
    prefix, _, encoded = id.rpartition(",")
    message = "the import id is the id in URL-safe base64 without padding, or prefix,id"
    if not RAW_BASE64_URL.fullmatch(encoded) or len(encoded) % 4 == 1:
        raise ValueError(message)
    octets = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
    if not octets:
        raise ValueError(message)
    given = {"id": encoded, "b64Url": prefix + encoded, "byteLength": len(octets)}
    return _id(octets, prefix) | given | {"prefix": prefix or None, "keepers": {}}


def generate_uuid(values: Properties) -> Properties:
    """16 random bytes in a UUID's spelling, without the version bits of RFC 9562, as officially."""
    digits = secrets.token_hex(16)
    result = f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
    return {"result": result, "id": result}


def restore_uuid(id: str) -> Properties:
    if not UUID.fullmatch(id):
        message = "the import id is a UUID: 32 hexadecimal digits in groups of 8-4-4-4-12"
        raise ValueError(message)
    return {"result": id.lower(), "id": id.lower(), "keepers": {}}


RANDOM_BYTES = Kind(
    "RandomBytes",
    "Random bytes that are a secret. Their base64 is the resource's id, which Pulumi keeps in clear.",
    (
        replace(KEEPERS, replaces=Replaces.ALWAYS),
        Attribute("length", Type.WHOLE, "How many bytes; at least 1.", required=True, minimum=1),
        Attribute("base64", Type.TEXT, "The bytes in base64.", computed=True, secret=True),
        Attribute("hex", Type.TEXT, "The bytes in hexadecimal digits.", computed=True, secret=True),
    ),
    generate=generate_bytes,
    restore=restore_bytes,
    identity="base64",
)

RANDOM_ID = Kind(
    "RandomId",
    "A random number that may be shown, in several spellings.",
    (
        KEEPERS,
        Attribute("byteLength", Type.WHOLE, "How many bytes; at least 1.", required=True, minimum=1),
        Attribute("prefix", Type.TEXT, "Put in front of every spelling, as it is."),
        Attribute("b64Std", Type.TEXT, "In base64.", computed=True),
        Attribute("b64Url", Type.TEXT, "In URL-safe base64 without padding.", computed=True),
        Attribute("dec", Type.TEXT, "In decimal digits.", computed=True),
        Attribute("hex", Type.TEXT, "In hexadecimal digits.", computed=True),
        Attribute("id", Type.TEXT, "In URL-safe base64, without the prefix.", computed=True),
    ),
    generate=generate_id,
    restore=restore_id,
)

RANDOM_UUID = Kind(
    "RandomUuid",
    "16 random bytes, spelled as a UUID.",
    (
        KEEPERS,
        Attribute("result", Type.TEXT, "The UUID.", computed=True),
        Attribute("id", Type.TEXT, "The UUID.", computed=True),
    ),
    generate=generate_uuid,
    restore=restore_uuid,
)
