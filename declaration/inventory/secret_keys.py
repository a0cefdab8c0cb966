"""A remote key that a Secret reads: `homelab:apps.APP.keys.KEY` and `homelab:shared.KEY`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, cast

from declaration.inventory.key_pairs import PARTS
from declaration.inventory.sources import SHARED, Generate, Manual, Source, parse_source
from declaration.kubernetes_names import data_key
from declaration.problems import Problem, shown
from declaration.section import Section
from infisical import rules

Decoding = Literal["None", "Base64", "Base64URL", "Auto"]
DECODINGS: Final = ("None", "Base64", "Base64URL", "Auto")
SOURCES: Final = ("generate", "config", "manual")
SHARED_PATH: Final = "homelab:shared"
OWN_FIELDS: Final = frozenset({"source", "secretKeys", "property", "decodingStrategy", "retired"})
"""What an app declares of a key that `homelab:shared` declares."""

# Narrower than Infisical: also fit for an environment variable and for a path of `pulumi config`.
_REMOTE_KEY: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_PROPERTY: Final = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")


@dataclass(frozen=True)
class SecretKey:
    """
    One remote key that an app reads, and the keys of the app's Secret that hold its value.

    A key without `secret_keys` is not in the Secret: only templates read it, as `field`.

    `change_command` is a shell command that must succeed before Infisical gets a new value; empty means none.
    `rotate_every_days` is the maximum age of a value; None means `homelab:rotateEveryDays`.
    `renamed_from` is the name that the key had before; empty means none.
    A retired key keeps its value, and no app gets it.
    `entry` is its name in the declaration, if that differs from the name in Infisical; empty if it does not.
    `folder` is its folder in Infisical; empty means its app's folder.
    `json_property` is the part of a JSON value that the Secret gets; empty means the whole value.
    `shared`: `homelab:shared` declares it.
    """

    name: str
    source: Source
    immutable: bool
    secret_keys: tuple[str, ...]
    change_command: str = ""
    rotate_every_days: int | None = None
    renamed_from: str = ""
    retired: bool = False
    entry: str = ""
    folder: str = ""
    json_property: str = ""
    decoding: Decoding = "None"
    shared: bool = False

    @property
    def declared_as(self) -> str:
        return self.entry or self.name

    @property
    def fields(self) -> tuple[str, ...]:
        """The names by which templates read the value."""
        return self.secret_keys or (self.declared_as,)

    @property
    def is_whole(self) -> bool:
        """Whether the Secret holds exactly what Infisical holds: then a lost value can be taken from the Secret."""
        return not self.json_property and self.decoding == "None"


def parse_keys(section: Section, folder: str, shared: Mapping[str, SecretKey]) -> tuple[SecretKey, ...]:
    """
    Read `keys` of an app or of one of its Secrets.

    :param folder: the default of `folder`
    """
    keys = section.mapping("keys", "{GRAFANA_ADMIN_PASSWORD: {source: generate, kind: hex, size: 12}}")
    parsed = tuple(_parse_key(name, fields, folder, shared) for name, fields in keys.mappings("{source: manual}"))
    if not parsed and "keys" in section.fields and section.fields["keys"] == {}:
        section.problem("keys", "no key", "at least one key", "add a key, or remove the app")
    return parsed


def parse_shared(declared: object, problems: list[Problem], default_folder: str = "/") -> dict[str, SecretKey]:
    """
    Read `homelab:shared`: the keys by the names that apps use.

    :param declared: as decoded; None if missing
    :param default_folder: the folder of a key that names none
    """
    if declared is None:
        return {}
    section = Section.of(SHARED_PATH, declared, problems, "{SMTP_PASSWORD: {source: config, folder: /smtp}}")
    return {
        name: replace(_parse_declared(name, fields, default_folder, SOURCES), shared=True)
        for name, fields in section.mappings("{source: config, folder: /smtp}")
    }


def _parse_key(entry: str, section: Section, folder: str, shared: Mapping[str, SecretKey]) -> SecretKey:
    if section.fields.get("source") == SHARED:
        return _parse_shared_key(entry, section, shared)
    key = _parse_declared(entry, section, folder, (*SOURCES, SHARED), delivered=True)
    _report_property(section, key)
    return key


def _report_property(section: Section, key: SecretKey) -> None:
    if not isinstance(key.source, Generate) or not key.json_property:
        return
    parts = PARTS.get(key.source.kind, ())
    if not parts:
        found = f"{shown(key.json_property)}, although the value is generated"
        section.problem("property", found, "no value: a generated value of this kind is not JSON", "remove `property`")
    elif key.json_property not in parts:
        fix = f"write `property: {parts[0]}`"
        section.problem("property", shown(key.json_property), f"a part of the value: {', '.join(parts)}", fix)


def _parse_shared_key(entry: str, section: Section, shared: Mapping[str, SecretKey]) -> SecretKey:
    section.skip("source")
    for name in (name for name in section.fields if name not in OWN_FIELDS):
        section.skip(name)
        section.problem(name, "a value, although source is shared", "no value", f"write it in {SHARED_PATH}.{entry}")
    delivered = _delivered(entry, section)
    section.close()
    key = shared.get(entry)
    if key is None:
        known = ", ".join(shared) or f"a key of {SHARED_PATH}"
        section.problem("source", f"shared, although {SHARED_PATH} has no {shown(entry)}", known, _declare(entry))
        return SecretKey(entry, Manual(), immutable=False, secret_keys=(entry,))
    found = replace(key, **delivered | {"retired": key.retired or delivered["retired"]})
    _report_property(section, found)
    return found


def _declare(entry: str) -> str:
    return f"declare {entry} in {SHARED_PATH}, or write `source: config`"


def _parse_declared(
    entry: str, section: Section, folder: str, sources: tuple[str, ...], *, delivered: bool = False
) -> SecretKey:
    if not _REMOTE_KEY.fullmatch(entry) or rules.secret_name(entry):
        section.problems.append(Problem(section.path, f"the key name {shown(entry)}", _NAME, "rename the key"))
    source = parse_source(section, sources)
    immutable = section.boolean("immutable", default=False)
    parts: dict[str, Any] = _delivered(entry, section) if delivered else {"secret_keys": (entry,)}
    by_hand = "source is manual" if section.fields.get("source") == "manual" else ""
    change_command, every_days = _parse_rotation(section, "immutable is true" if immutable else by_hand)
    name = section.string("key", default=entry, check=_remote_key, example=entry)
    renamed_from = section.optional_string("renamedFrom", example="OLD_NAME")
    if renamed_from and (renamed_from == name or not _REMOTE_KEY.fullmatch(renamed_from)):
        expected, fix = "the earlier name of the key", "write the earlier name, or remove `renamedFrom`"
        section.problem("renamedFrom", shown(renamed_from), expected, fix)
    folder = (
        section.string("folder", default=folder or None, check=folder_of_keys, example="/shared/smtp")
        if ("folder" in section.fields or folder)
        else _without_folder(section)
    )
    if not delivered:
        parts["retired"] = section.boolean("retired", default=False)
    section.close()
    return SecretKey(
        name=name,
        source=source,
        immutable=immutable,
        change_command=change_command,
        rotate_every_days=every_days,
        renamed_from=renamed_from,
        entry="" if entry == name else entry,
        folder=folder,
        **parts,
    )


def _without_folder(section: Section) -> str:
    section.skip("folder")
    return ""


def _delivered(entry: str, section: Section) -> dict[str, Any]:
    """What each app decides about a key that it reads."""
    return {
        "secret_keys": section.strings(
            "secretKeys", default=(entry,), check=data_key, example=entry, may_be_empty=True
        ),
        "json_property": _parse_property(section),
        "decoding": parse_decoding(section),
        "retired": section.boolean("retired", default=False),
    }


def parse_decoding(section: Section) -> Decoding:
    return cast(Decoding, section.choice("decodingStrategy", DECODINGS, default="None") or "None")


def _parse_property(section: Section) -> str:
    found = section.optional_string("property", example="password")
    if found and not _PROPERTY.fullmatch(found):
        expected = "names of A-Z, a-z, 0-9, '_' and '-', joined by '.'"
        section.problem("property", shown(found), expected, "write, for example, `property: database.password`")
    return found


def _parse_rotation(section: Section, not_rotated: str) -> tuple[str, int | None]:
    """:param not_rotated: why this program never rotates the key; empty if it does"""
    for name in ("changeCommand", "rotateEveryDays"):
        if not_rotated and name in section.fields:
            section.problem(name, f"a value, although {not_rotated}", "no value", f"remove `{name}`")
    return (
        section.optional_string("changeCommand", example="kubectl exec … -- psql …"),
        section.optional_integer("rotateEveryDays", 1, 3650, example=365),
    )


_NAME: Final = f"at most {rules.LONGEST_SECRET_NAME} of A-Z, a-z, 0-9, '_', '-' and '.', starting with a letter or '_'"


def _remote_key(text: str) -> str | None:
    return None if _REMOTE_KEY.fullmatch(text) and not rules.secret_name(text) else _NAME


def folder_of_keys(text: str) -> str | None:
    """A folder that the owner's keys may be in."""
    if rules.CHECK_FOLDER in text.split("/"):
        return f"a folder other than {rules.CHECK_FOLDER}, which stays empty for the operator's check of its login"
    return rules.folder_path(text)
