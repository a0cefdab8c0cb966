"""Validates Kubernetes objects against the schemas of their kinds, without an API server."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from operations.pull_request.preview import SECRET, UNKNOWN

_REF: Final = "#/components/schemas/"
_OBJECT_META: Final = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"

_KEPT: Final = (
    "enum",
    "pattern",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
    "required",
)

_OF_VALUES_WITHIN: Final = ("oneOf", "anyOf", "allOf", "not", "enum")
"""Rules that depend on values inside an object or list."""

# The C loader is many times faster, and these files are large.
_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Schemas:
    """
    Schemas of Kubernetes' own kinds and of custom resource definitions.

    An unknown field is an error, as it is for an API server. CEL rules are not checked.

    :param definitions: files with one custom resource definition each
    :param own: OpenAPI documents of Kubernetes, one for each group and version
    """

    def __init__(self, definitions: Sequence[Path], own: Sequence[Path]) -> None:
        self._definitions = definitions
        self._own: dict[str, Any] = {}
        for file in own:
            self._own |= json.loads(file.read_text(encoding="utf-8"))["components"]["schemas"]
        self._validators: dict[tuple[str, str], Draft202012Validator | None] = {}

    def problems(self, manifest: Mapping[str, Any]) -> list[str] | None:
        """
        Return the errors of an object, each with its field; None if there is no schema for its kind.

        Secret and unknown values count as valid.
        """
        kind = (str(manifest.get("apiVersion")), str(manifest.get("kind")))
        if kind not in self._validators:
            schema = self._schema(*kind)
            self._validators[kind] = Draft202012Validator(schema) if schema else None
        validator = self._validators[kind]
        if validator is None:
            return None
        found = [error for error in validator.iter_errors(manifest) if _is_certain(error)]
        return sorted(f"{_path(error)}: {_reason(error)}" for error in found)

    def _schema(self, api_version: str, kind: str) -> dict[str, Any] | None:
        schema = self._own_schema(api_version, kind) or self._custom_schema(api_version, kind)
        if schema is None:
            return None
        converted = self._converted(schema, ())
        string = {"type": "string"}
        own = {"apiVersion": string, "kind": string, "metadata": self._converted(self._own[_OBJECT_META], ())}
        return converted | {"properties": converted.get("properties", {}) | own}

    def _own_schema(self, api_version: str, kind: str) -> dict[str, Any] | None:
        group, _, version = api_version.rpartition("/")
        found: dict[str, Any] | None = self._own.get(f"io.k8s.api.{group or 'core'}.{version}.{kind}")
        return found

    def _custom_schema(self, api_version: str, kind: str) -> dict[str, Any] | None:
        group, _, version = api_version.partition("/")
        for file in self._definitions:
            text = file.read_text(encoding="utf-8")
            # Parse only the right file: these files are large.
            if not re.search(rf"^    kind: {re.escape(kind)}$", text, re.MULTILINE):
                continue
            spec = yaml.load(text, Loader=_Loader)["spec"]
            if (spec["group"], spec["names"]["kind"]) != (group, kind):
                continue
            for each in spec["versions"]:
                if each["name"] == version and each["served"]:
                    schema: dict[str, Any] = each["schema"]["openAPIV3Schema"]
                    return schema
        return None

    def _converted(self, schema: Mapping[str, Any], within: tuple[str, ...]) -> dict[str, Any]:
        """Convert a structural schema to a JSON schema. `within` are the references that led here."""
        for ref in (schema, *schema.get("allOf", ())):
            if "$ref" in ref:
                name = ref["$ref"].removeprefix(_REF)
                # A recursive kind is checked one level deep.
                return {} if name in within else self._converted(self._own[name], (*within, name))
        if schema.get("x-kubernetes-int-or-string"):
            return {"type": ["integer", "string"]}
        converted = {key: schema[key] for key in _KEPT if key in schema}
        if "type" in schema:
            converted["type"] = [schema["type"], "null"] if schema.get("nullable") else schema["type"]
        if "items" in schema:
            converted["items"] = self._converted(schema["items"], within)
        if isinstance(more := schema.get("additionalProperties"), Mapping):
            converted["additionalProperties"] = self._converted(more, within)
        if "properties" in schema:
            converted["properties"] = {
                name: self._converted(each, within) for name, each in schema["properties"].items()
            }
            if "additionalProperties" not in schema and not schema.get("x-kubernetes-preserve-unknown-fields"):
                converted["additionalProperties"] = False
        for several in ("oneOf", "anyOf", "allOf"):
            if several in schema:
                converted[several] = [_rule(each) for each in schema[several]]
        return converted | ({"not": _rule(schema["not"])} if "not" in schema else {})


def _rule(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Convert a part of a structural schema that limits values but does not declare fields."""
    rule = {key: schema[key] for key in (*_KEPT, "type") if key in schema}
    if "properties" in schema:
        rule["properties"] = {name: _rule(each) for name, each in schema["properties"].items()}
    if "items" in schema:
        rule["items"] = _rule(schema["items"])
    for several in ("oneOf", "anyOf", "allOf"):
        if several in schema:
            rule[several] = [_rule(each) for each in schema[several]]
    return rule | ({"not": _rule(schema["not"])} if "not" in schema else {})


def _is_certain(error: ValidationError) -> bool:
    """Return whether the error does not depend on secret or unknown values."""
    if error.validator in _OF_VALUES_WITHIN:
        return not _holds_hidden(error.instance)
    return error.instance not in (SECRET, UNKNOWN)


def _holds_hidden(value: Any) -> bool:
    if isinstance(value, dict | list):
        return any(_holds_hidden(each) for each in (value.values() if isinstance(value, dict) else value))
    return value in (SECRET, UNKNOWN)


def _path(error: ValidationError) -> str:
    parts: Iterator[str] = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path)
    return "".join(parts).removeprefix(".") or "the object"


def _reason(error: ValidationError) -> str:
    """Describe what is expected, without the value that was found."""
    expected: Any = error.validator_value
    found: Any = error.instance
    schema: Any = error.schema
    match error.validator:
        case "additionalProperties":
            unknown = sorted(set(found) - set(schema.get("properties", {})))
            return f"unknown field {', '.join(map(repr, unknown))}"
        case "required":
            return f"missing field {', '.join(repr(name) for name in expected if name not in found)}"
        case "type":
            return f"must be of type {' or '.join(expected) if isinstance(expected, list) else expected}"
        case "enum":
            return f"must be one of {', '.join(map(str, expected))}"
        case "oneOf" | "anyOf" | "allOf" | "not":
            return f"does not match the rule {error.validator!r} of its kind"
        case rule:
            return f"must have {rule} {expected}"
