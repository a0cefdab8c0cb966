"""Makes the JSON Schema from the rows of the page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from tooling.schema.page import Row, anchor, codes, limits_in, plain, rows, table

Schema = dict[str, Any]

DRAFT: Final = "http://json-schema.org/draft-07/schema#"
"""The newest draft that yaml-language-server knows in full."""

APP: Final = "homelab:apps.APP"
_REQUIRED: Final = ("homelab:infisical", "homelab:store")
_STRING: Final[Schema] = {"type": "string", "minLength": 1}
_ENCRYPTED: Final[Schema] = {
    "type": "object",
    "properties": {"secure": _STRING},
    "required": ["secure"],
    "additionalProperties": False,
}
_TRIGGERS: Final[Schema] = {"type": "object", "additionalProperties": _STRING}
_WORDS: Final = r"((?:`[^`]*`|[^`.:;])*)"
"""The rest of a clause, with its code spans."""
_LIST_FROM_NOTHING: Final = "`[]`"
"""In the meaning of a list that may be empty."""


def stack_schema() -> Schema:
    """Of a stack file, `Pulumi.<stack>.yaml`. Keys of other projects and of Pulumi itself are not checked."""
    config = {
        "type": "object",
        "properties": {**_top_level(), **_credentials()},
        "patternProperties": {"^(?!homelab:)": {}},
        "additionalProperties": False,
        "required": [*_REQUIRED],
        "anyOf": [{"required": ["homelab:apps"]}, {"required": ["homelab:appFiles"]}],
    }
    schema: Schema = {"type": "object", "properties": {"config": config}}
    return _document("The stack file of a homelab", schema, _sections())


def app_schema() -> Schema:
    """Of a file with one app."""
    return _document(
        "An app of a homelab", {"allOf": [_reference(APP)]}, [name for name in _sections() if name.startswith(APP)]
    )


def _document(title: str, schema: Schema, sections: Sequence[str]) -> Schema:
    definitions = {anchor(name): _section(name) for name in sections}
    return {"$schema": DRAFT, "title": title, **schema, "definitions": definitions}


def _top_level() -> Schema:
    found: Schema = {}
    for key, _, meaning in table("Keys of the stack config"):
        name = codes(key)[0]
        section = next((known for known in _sections() if known.partition(".")[0] == name), "")
        if section:
            schema = _by_name(section)
            if name == "homelab:apps":
                schema = {"anyOf": [_STRING, schema]}
        elif limits := limits_in(meaning):
            schema = _integer(limits)
        elif name == "homelab:values":
            schema = {"type": "object", "additionalProperties": _ENCRYPTED}
        else:
            schema = _TRIGGERS if "trigger" in meaning else _STRING
        found[name] = {**schema, "description": plain(meaning)}
    return found


def _credentials() -> Schema:
    found: Schema = {}
    for key, value, use in table("Credentials"):
        schema = {"anyOf": [_STRING, _ENCRYPTED]} if "need not be encrypted" in value else _ENCRYPTED
        found[f"homelab:{codes(key)[0]}"] = {**schema, "description": f"{plain(value)}: {plain(use)}"}
    return found


def _sections() -> list[str]:
    return list(dict.fromkeys(row.section for row in rows()))


def _reference(section: str) -> Schema:
    return {"$ref": f"#/definitions/{anchor(section)}"}


def _by_name(section: str, least: int = 0) -> Schema:
    """The section, or a mapping of names to it if its own name is a placeholder, such as `APP`."""
    if not section.rpartition(".")[2].isupper():
        return _reference(section)
    schema: Schema = {"type": "object", "additionalProperties": _reference(section)}
    return schema | ({"minProperties": least} if least else {})


def _section(name: str) -> Schema:
    fields = [row for row in rows() if row.section == name]
    schema: Schema = {
        "type": "object",
        "properties": {row.name: _field(row) for row in fields},
        "additionalProperties": False,
    }
    if required := [row.name for row in fields if row.default == "required"]:
        schema["required"] = required
    if conditions := [*_conditions(fields)]:
        schema["allOf"] = conditions
    return schema


def _field(row: Row) -> Schema:
    schema = _type(row)
    description: Schema = {"description": plain(row.meaning)}
    if row.default_value is not None:
        description["default"] = row.default_value
    # Draft 7 ignores what is next to a reference.
    return {"allOf": [schema], **description} if "$ref" in schema else {**schema, **description}


def _type(row: Row) -> Schema:
    if row.choices:
        return {"enum": row.choices}
    if row.type.startswith("integer"):
        return _integer(row.limits)
    if row.type == "boolean":
        return {"type": "boolean"}
    if row.type.startswith("string"):
        return {"type": "string"} if "empty" in row.type else _STRING
    if row.type.startswith("list"):
        least = {} if _LIST_FROM_NOTHING in row.meaning else {"minItems": 1}
        return {"type": "array", "items": {"type": "string"}, "uniqueItems": True, **least}
    if not row.type.startswith("mapping"):
        message = f"{row}: the type {row.type!r} has no schema. Fix: use one of the types of the other rows."
        raise ValueError(message)
    return _mapping(row)


def _mapping(row: Row) -> Schema:
    named = {anchor(section): section for section in _sections()}
    for target in row.anchors:
        if target in named:
            return _by_name(named[target], 1 if "at least one" in row.type else 0)
    schema: Schema = {"type": "object", "additionalProperties": {"type": "string"}}
    if names := re.match(r"mapping of (`.*`) to", row.type):
        schema = {"type": "object", "properties": {name: {} for name in codes(names[1])}, "additionalProperties": False}
    return schema


def _integer(limits: tuple[int, int] | None) -> Schema:
    low_and_high = {"minimum": limits[0], "maximum": limits[1]} if limits else {}
    return {"type": "integer", **low_and_high}


def _conditions(fields: Sequence[Row]) -> Iterator[Schema]:
    """What the page says about fields that depend on others: such as `Only with X` or `Needs X`."""
    if any(row.name == "keys" for row in fields) and any(row.name == "store" for row in fields):
        # A key of another store has no source.
        sources = {"properties": {"keys": {"additionalProperties": {"required": ["source"]}}}}
        yield {"if": {"not": {"required": ["store"]}}, "then": sources}
    for row in fields:
        present: Schema = {"required": [row.name]}
        if found := re.fullmatch(r"required with (.*?)(?:, (?:unless `\w+` is|except for) (.*))?", row.default):
            unless = [{"not": _any_of(fields, found[2])}] if found[2] else []
            yield {"if": {"allOf": [_any_of(fields, found[1]), *unless]}, "then": present}
        if found := re.fullmatch(r"required without (.*)", row.default):
            yield {"anyOf": [present, *({"required": [name]} for name in codes(found[1]))]}
        if found := re.search(rf"(?:^|\. )Only with {_WORDS}", row.meaning):
            yield {"if": present, "then": _any_of(fields, found[1])}
        if found := re.search(r"(?:^|\. )Needs (`\w+`)(?:$|\.)", row.meaning):
            yield {"if": present, "then": _any_of(fields, found[1])}
        if found := re.search(rf"(?:^|\. )Not with {_WORDS}", row.meaning):
            yield {"if": _used(row), "then": {"not": _any_of(fields, found[1])}}


def _used(row: Row) -> Schema:
    if row.type == "boolean":
        return {"properties": {row.name: {"const": True}}, "required": [row.name]}
    return {"required": [row.name]}


def _any_of(fields: Sequence[Row], words: str) -> Schema:
    return {"anyOf": [_is(fields, word) for word in codes(words)]}


def _is(fields: Sequence[Row], word: str) -> Schema:
    """A choice of a field, a boolean that is true, or a field that is present."""
    for row in fields:
        if word.partition(": ")[0] == row.name and ": " in word:
            return _is([row], word.partition(": ")[2])
        if word in row.choices:
            if row.default_value == word:
                others: Mapping[str, Any] = {row.name: {"enum": [choice for choice in row.choices if choice != word]}}
                return {"not": {"properties": others, "required": [row.name]}}
            return {"properties": {row.name: {"const": word}}, "required": [row.name]}
        if word == row.name:
            return _used(row)
    message = f"{fields[0].section}: {word!r} is neither a field nor a choice. Fix: name one in the reference page."
    raise ValueError(message)
