"""
Property values as they travel between the engine and a provider.

The wire format is a protobuf ``Struct`` in which objects with a signature key stand for
what JSON lacks (Pulumi's ``sdk/go/common/resource/plugin/rpc.go``). Here they are plain
Python: ``dict``, ``list``, ``str``, ``int``, ``float``, ``bool``, ``None``, and the classes below.

The SDK's ``PropertyValue`` is not used: it reads an unknown as an ordinary string, cannot
write one, and turns the plain value into a tree of wrappers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from google.protobuf import struct_pb2

SIGNATURE_KEY = "4dabf18193072939515e22adb298388d"
SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270"
OUTPUT_SIGNATURE = "d0e6a833031e9bbcd3f4e8bde6ca49a4"

UNKNOWN_KINDS = {
    "04da6b54-80e4-46f7-96ec-b56ff0331ba9": "string",
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7": "bool",
    "3eeb2bf0-c639-47a8-9e75-3b44932eb421": "number",
    "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2": "array",
    "030794c1-ac77-496b-92df-f27374a8bd58": "asset",
    "e48ece36-62e2-4504-bad9-02848725956a": "archive",
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff": "object",
}

Value = Any
"""One property value: JSON-like Python, with `Secret`, `Unknown`, `Output` and `Special` anywhere inside."""

Properties = dict[str, Value]


@dataclass(frozen=True)
class Secret:
    """A value that must not be shown. Its repr does not show it."""

    value: Value = field(repr=False)


@dataclass(frozen=True)
class Unknown:
    """A value that a preview cannot know yet; `sentinel` is what stands for it on the wire."""

    sentinel: str = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


UNKNOWN = Unknown()


@dataclass(frozen=True)
class Output:
    """A value with the URNs that it depends on (only where a provider accepts outputs)."""

    value: Value = field(repr=False)
    known: bool = True
    secret: bool = False
    dependencies: tuple[str, ...] = ()


@dataclass(frozen=True)
class Special:
    """An asset, an archive or a resource reference: `signature` says which, `fields` are passed through."""

    signature: str
    fields: Mapping[str, Value] = field(repr=False)


ASSET_SIGNATURE = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE_SIGNATURE = "0def7320c3a5731c473e5ecbe6d01bc7"


def from_struct(struct: struct_pb2.Struct) -> Properties:
    """Read a message's properties. Whole numbers become `int`, which JSON and Kubernetes need."""
    return {key: _from_value(value) for key, value in struct.fields.items()}


def _from_value(value: struct_pb2.Value) -> Value:
    # By hand, most frequent kinds first: this is where a plugin's time goes.
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        text = value.string_value
        return Unknown(text) if text in UNKNOWN_KINDS else text
    if kind == "struct_value":
        return _from_object(value.struct_value)
    if kind == "list_value":
        return [_from_value(item) for item in value.list_value.values]
    if kind == "bool_value":
        return value.bool_value
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() and abs(number) < 2**63 else number
    return None


def _from_object(struct: struct_pb2.Struct) -> Value:
    fields = from_struct(struct)
    signature = fields.pop(SIGNATURE_KEY, None)
    if signature is None:
        return fields
    if signature == SECRET_SIGNATURE:
        return Secret(fields.get("value"))
    if signature == OUTPUT_SIGNATURE:
        known = "value" in fields
        return Output(
            value=fields.get("value"),
            known=known,
            secret=bool(fields.get("secret", False)),
            dependencies=tuple(fields.get("dependencies") or ()),
        )
    return Special(signature, fields)


def to_struct(properties: Mapping[str, Value]) -> struct_pb2.Struct:
    """Write properties into a message; the inverse of `from_struct`."""
    struct = struct_pb2.Struct()
    for key, value in properties.items():
        _to_value(value, struct.fields[key])
    return struct


def _to_value(value: Value, into: struct_pb2.Value) -> None:
    # By hand, most frequent types first: this is where a plugin's time goes.
    kind = type(value)
    if kind is str:
        into.string_value = value
    elif kind is dict:
        _to_object(value, into)
    elif kind is list or kind is tuple:
        into.list_value.SetInParent()
        for item in value:
            _to_value(item, into.list_value.values.add())
    elif kind is bool:
        into.bool_value = value
    elif kind is int or kind is float:
        into.number_value = value
    elif value is None:
        into.null_value = struct_pb2.NULL_VALUE
    else:
        _to_special(value, into)


def _to_special(value: Value, into: struct_pb2.Value) -> None:
    match value:
        case Unknown(sentinel):
            into.string_value = sentinel
        case Secret(inner):
            _to_object({SIGNATURE_KEY: SECRET_SIGNATURE, "value": inner}, into)
        case Output():
            output: Properties = {SIGNATURE_KEY: OUTPUT_SIGNATURE}
            if value.known:
                output["value"] = value.value
            if value.secret:
                output["secret"] = True
            if value.dependencies:
                output["dependencies"] = list(value.dependencies)
            _to_object(output, into)
        case Special(signature, fields):
            _to_object({SIGNATURE_KEY: signature, **fields}, into)
        case Mapping():
            _to_object(value, into)
        case str() | bool() | int() | float():
            # A subclass, an enumeration's member for one: what it is based on.
            plain: type = next(base for base in (str, bool, int, float) if isinstance(value, base))
            _to_value(plain(value), into)
        case _:
            message = f"a property value must be JSON-like, got {type(value).__name__}"
            raise TypeError(message)


def _to_object(fields: Mapping[str, Value], into: struct_pb2.Value) -> None:
    into.struct_value.SetInParent()
    for key, value in fields.items():
        _to_value(value, into.struct_value.fields[key])


def transform(value: Value, change: Callable[[Value], Value]) -> Value:
    """Rebuild `value` bottom up, with `change` applied to every part (secrets and outputs stay around theirs)."""
    match value:
        case Secret(inner):
            return change(Secret(transform(inner, change)))
        case Output():
            inner = transform(value.value, change)
            return change(Output(inner, value.known, value.secret, value.dependencies))
        case Mapping():
            return change({key: transform(item, change) for key, item in value.items()})
        case list() | tuple():
            return change([transform(item, change) for item in value])
        case _:
            return change(value)


def reveal(value: Value) -> Value:
    """A copy of the plain value, without secret marks; outputs give their value, or `UNKNOWN` where it is not known."""
    kind = type(value)
    if kind is str or kind is bool or kind is int or value is None:
        return value
    if kind is dict:
        return {key: reveal(item) for key, item in value.items()}
    if kind is list or kind is tuple:
        return [reveal(item) for item in value]
    if kind is Secret:
        return reveal(value.value)
    if kind is Output:
        return reveal(value.value) if value.known else UNKNOWN
    if isinstance(value, Mapping):
        return {key: reveal(item) for key, item in value.items()}
    return value


def parts(value: Value) -> Iterator[Value]:
    """Every part of `value`, itself first."""
    waiting = [value]
    while waiting:
        part = waiting.pop()
        yield part
        kind = type(part)
        if kind is dict or isinstance(part, Mapping):
            waiting.extend(part.values())
        elif kind is list or kind is tuple:
            waiting.extend(part)
        elif kind is Secret or kind is Output:
            waiting.append(part.value)


def has_unknown(value: Value) -> bool:
    """Whether any part of `value` is not known yet."""
    return any(type(p) is Unknown or (type(p) is Output and not p.known) for p in parts(value))


def has_secret(value: Value) -> bool:
    """Whether any part of `value` is secret."""
    return any(type(p) is Secret or (type(p) is Output and p.secret) for p in parts(value))
