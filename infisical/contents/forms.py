"""The forms in which the operator delivers Infisical's values: a part of a JSON value, decoded, composed."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from infisical.api.folders import Location
from infisical.contents.expected import ExpectedSecret, Source
from infisical.template.rendering import Failed, NotRenderable, render
from infisical.template.syntax import fields_of
from infisical.whole_folder import matches

_STANDARD: Final = re.compile(rb"[A-Za-z0-9+/]*={0,2}")
_URL: Final = re.compile(rb"[A-Za-z0-9_-]*={0,2}")


class Unfit(Exception):
    """A value does not have the declared form. The text contains no value."""


@dataclass
class Delivered:
    """
    What a Secret must hold by key.

    `values` has None for a key whose secret does not exist. `unfit` says why a value cannot be delivered. `opaque` are
    the composed keys whose value is not known here: only their presence is checked.
    """

    values: dict[str, bytes | None] = field(default_factory=dict, repr=False)
    unfit: dict[str, str] = field(default_factory=dict)
    opaque: set[str] = field(default_factory=set)


def delivered(
    expected: ExpectedSecret,
    served: Mapping[Source, str | None],
    folders: Mapping[Location, Mapping[str, str]] | None = None,
) -> Delivered:
    """
    :param served: Infisical's values, None for one that does not exist
    :param folders: all values of each whole folder
    """
    found = Delivered({key: text.encode() for key, text in expected.literals.items()}, opaque={*expected.uncompared})
    names: dict[str, bytes | None] = {}
    for location, folder in expected.whole_folders.items():
        chosen = folder.selected((folders or {}).get(location, {}))
        names |= {name: value.encode() for name, value in chosen.items()}
        if not chosen:
            found.unfit[f"dataFrom.{folder.path}"] = (
                f"no key of {location} in Infisical matches. Fix: add one there, or correct `include` and `exclude`"
            )
    excluded = [folder.exclude for folder in expected.whole_folders.values() if folder.exclude]
    names = {name: value for name, value in names.items() if not any(matches(each, name) for each in excluded)}
    # A key that the declaration names takes precedence.
    found.values = names | found.values
    for key, source in expected.sources.items():
        value = served[source]
        found.values[key] = None if value is None else value.encode()
        if value:
            try:
                found.values[key] = _formed(expected, key, source, value)
            except Unfit as error:
                found.unfit[key] = str(error)
    fields = {key: found.values[key] for key in (*names, *expected.sources)}
    if not found.unfit and all(found.values[key] for key in expected.sources):
        for key, template in expected.templates.items():
            try:
                found.values[key] = _rendered(template, {name: value or b"" for name, value in fields.items()})
            except NotRenderable:
                found.opaque.add(key)
    return found


def _rendered(template: str, fields: Mapping[str, bytes]) -> bytes:
    if fields_of(template) - fields.keys():
        # A value of another store or of a generator.
        raise NotRenderable
    try:
        return render(template, {name: value.decode() for name, value in fields.items()}).encode()
    except (Failed, UnicodeDecodeError):
        raise NotRenderable from None


def _formed(expected: ExpectedSecret, key: str, source: Source, value: str) -> bytes:
    text = _part(value, expected.properties[key], source) if key in expected.properties else value
    decoding = expected.decodings.get(key, "None")
    for form, alphabet in (("Base64", _STANDARD), ("Base64URL", _URL)):
        if decoding in (form, "Auto"):
            decoded = _decoded(text, alphabet)
            if decoded is not None:
                return decoded
    if decoding in ("Base64", "Base64URL"):
        # The cause would quote the value.
        message = (
            f"the value of {source} is not {decoding}. Fix: set the encoded value in Infisical, or remove "
            "`decodingStrategy`"
        )
        raise Unfit(message)
    return text.encode()


def _part(value: str, path: str, source: Source) -> str:
    try:
        found: Any = json.loads(value)
    except ValueError:
        message = f"the value of {source} is not JSON. Fix: set a JSON value in Infisical, or remove `property`"
        raise Unfit(message) from None
    for name in path.split("."):
        if isinstance(found, list) and name.isdecimal() and int(name) < len(found):
            found = found[int(name)]
        elif isinstance(found, dict) and name in found:
            found = found[name]
        else:
            message = f"the value of {source} has no property {path}. Fix: add it in Infisical, or correct `property`"
            raise Unfit(message)
    if not isinstance(found, str):
        message = (
            f"the property {path} of {source} is not a string, and the operator delivers it empty. Fix: write it in "
            "quotes in Infisical"
        )
        raise Unfit(message)
    return found


def _decoded(text: str, alphabet: re.Pattern[bytes]) -> bytes | None:
    encoded = text.encode().replace(b"\r", b"").replace(b"\n", b"")
    if not alphabet.fullmatch(encoded):
        return None
    try:
        return base64.b64decode(encoded.translate(bytes.maketrans(b"-_", b"+/")), validate=True)
    except binascii.Error:
        return None
