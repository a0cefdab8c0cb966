"""Which secrets of Infisical `remoteRef` and `dataFrom` read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from infisical.whole_folder import WholeFolder
from operations.adopt.content.values import Remote
from operations.adopt.objects import entries, mapping

_DEFAULTS: Final[Mapping[str, tuple[object, ...]]] = {
    # The operator converts only the names of whole folders.
    "conversionStrategy": ("Default", "Unicode", None, ""),
    "metadataPolicy": ("None", None, ""),
    "nullBytePolicy": ("Ignore", None, ""),
    "version": (None, ""),
}
_DEFAULTS_OF_FIND: Final = {"conversionStrategy": "Default", "decodingStrategy": "None", "nullBytePolicy": "Ignore"}
_KNOWN: Final = ("key", "property", "decodingStrategy")
_OWN: Final = "{{ range $key, $value := . }}{{ if not (or (has $key (list "
_EXCLUDED: Final = re.compile(r'\(regexMatch ("(?:[^"\\]|\\.)*") \$key\)')


class Refused(Exception):
    """A field for which the declaration has no place."""

    def __init__(self, field: str, found: object) -> None:
        super().__init__(field)
        self.field = field
        self.found = found if isinstance(found, str) else json.dumps(found, sort_keys=True, default=str)


def other_fields(reference: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The fields of a `remoteRef` that change its meaning, and that the declaration lacks."""
    for name, value in reference.items():
        if name not in _KNOWN and value not in _DEFAULTS.get(name, ()):
            yield name, str(value)


def remote_of(reference: Mapping[str, Any], folder: str) -> Remote:
    """
    :param folder: of the store
    """
    key = str(reference.get("key") or "")
    start, slash, name = key.rpartition("/")
    if slash and not key.startswith("/"):
        # From v2.5.0 on, the operator reads it below the store's folder. Earlier releases refuse it.
        start = f"{folder.rstrip('/')}/{start}"
    return Remote(
        folder=(start or "/") if slash else folder,
        name=name,
        json_property=str(reference.get("property") or ""),
        decoding=str(reference.get("decodingStrategy") or "None"),
    )


def whole_folder(data: Mapping[str, Any], folder: str) -> WholeFolder:
    """
    An entry of `dataFrom` that finds keys in the store's folder.

    :raises Refused: it finds them in a way that the declaration lacks
    """
    find = mapping(data.get("find"))
    if "find" not in data:
        raise Refused("find", "missing")
    for name, value in find.items():
        if name != "name" and value not in (_DEFAULTS_OF_FIND.get(name), None, "", {}):
            field = f"find.{name}"
            raise Refused(field, value)
    include = str(mapping(find.get("name")).get("regexp") or "")
    is_everything = include in (".*", "^.*$", ".+", "^.+$")
    return WholeFolder(folder, "" if is_everything else include, "", *_rename(data))


def whole_value(data: Mapping[str, Any]) -> WholeFolder:
    """
    An entry of `dataFrom` that reads all properties of one value: `path` is the value's key.

    :raises Refused: it reads them in a way that the declaration lacks
    """
    if "extract" not in data:
        field = next((name for name in data if name not in ("sourceRef", "rewrite")), "extract")
        raise Refused(field, data.get(field, "missing"))
    extract = mapping(data["extract"])
    for name in ("property", "decodingStrategy"):
        if extract.get(name) not in (None, "", "None"):
            field = f"extract.{name}"
            raise Refused(field, extract[name])
    for name, text in other_fields(extract):
        field = f"extract.{name}"
        raise Refused(field, text)
    return WholeFolder(str(extract.get("key") or ""), "", "", *_rename(data))


def _rename(data: Mapping[str, Any]) -> tuple[str, str]:
    """The pattern and the text of the one `rewrite`; empty without one."""
    rewrites = entries(data.get("rewrite"))
    if len(rewrites) > 1 or (rewrites and "regexp" not in mapping(rewrites[0])):
        raise Refused("rewrite", rewrites)
    rename = mapping(mapping(rewrites[0]).get("regexp")) if rewrites else {}
    return str(rename.get("source") or ""), str(rename.get("target") or "")


def excluded(template: Mapping[str, Any]) -> list[str] | None:
    """
    The patterns of `exclude` in a template that the program writes for whole folders; None for any other template.

    Such a template writes the keys of the folders, without those that `data` names.
    """
    sources = entries(template.get("templateFrom"))
    literal = str(mapping(sources[0]).get("literal") or "") if len(sources) == 1 else ""
    return [str(json.loads(found)) for found in _EXCLUDED.findall(literal)] if literal.startswith(_OWN) else None
