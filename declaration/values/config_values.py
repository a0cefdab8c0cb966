"""`homelab:values`: values of keys in the stack config, each encrypted. No message contains a value."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from declaration.config_keys import config_path
from declaration.inventory import FromConfig, Manual
from declaration.problems import Problem, kind_of
from declaration.values.keys import Key, Keys, resolve
from infisical import rules

PATH: Final = "homelab:values"


def set_command(key: str) -> str:
    """The command that sets the value of a key, given by its label."""
    return f"pulumi config set --secret --path '{config_path(PATH, key)}'"


def fix_for(key: Key) -> str:
    """How a key without a value gets one; empty if only in Infisical."""
    return f"run `{set_command(key.label)}`" if isinstance(key.declared.source, FromConfig) else ""


@dataclass(frozen=True)
class WrongValue:
    """Why a key cannot have a value, without the value."""

    kind: Literal["missing", "white space", "reference"]
    found: str
    expected: str


def wrong_value(value: object) -> WrongValue | None:
    """What is wrong with the value of a key; None if it is valid."""
    if not isinstance(value, str) or not rules.trimmed(value):
        found = "only white space" if isinstance(value, str) and value else kind_of(value)
        return WrongValue("missing", found, "a string")
    if expected := rules.stored_unchanged(value):
        return WrongValue("white space", "white space at its start or end, which Infisical removes", expected)
    if expected := rules.without_references(value):
        return WrongValue(
            "reference", "a reference `${…}`, which Infisical replaces with another secret's value", expected
        )
    return None


def unencrypted_values(config: object) -> frozenset[str]:
    """
    The keys whose values the stack file holds unencrypted next to encrypted ones.

    :param config: the file's `config:`
    """
    values = config.get(PATH) if isinstance(config, Mapping) else None
    if not isinstance(values, Mapping) or not any(map(_is_encrypted, values.values())):
        return frozenset()
    return frozenset(str(key) for key, value in values.items() if not _is_encrypted(value))


def _is_encrypted(value: object) -> bool:
    return isinstance(value, Mapping) and set(value) == {"secure"}


def check_values(
    declared: object, encrypted: bool, keys: Keys | None, unencrypted: Collection[str] = ()
) -> Iterator[Problem]:
    """
    Check the values of the stack config.

    :param declared: the mapping of keys to values, as decoded; None if missing
    :param encrypted: whether the stack file holds at least one of them encrypted: Pulumi then marks all as secret
    :param keys: those of the inventory; None if it has errors, and they cannot be checked
    :param unencrypted: the keys whose values are unencrypted next to encrypted ones, if the caller knows the file
    """
    if declared is None:
        return
    if not isinstance(declared, Mapping):
        yield Problem(
            PATH, kind_of(declared), "a mapping of keys to strings", f"run `{set_command('KEY')}` for each key"
        )
        return
    if not encrypted and declared:
        yield Problem(PATH, "unencrypted values", "encrypted values", f"run `{set_command('KEY')}` for each key")
    for key in unencrypted if encrypted else ():
        fix = f"run `{set_command(key)}`; replace the value if it was shared"
        yield Problem(f"{PATH}.{key}", "an unencrypted value", "an encrypted value", fix)
    ambiguous: list[Problem] = []
    found_keys = resolve(PATH, map(str, declared), keys, set_command, ambiguous) if keys else {}
    yield from ambiguous
    for key, value in declared.items():
        path, remove = f"{PATH}.{key}", f"`pulumi config rm --path '{config_path(PATH, key)}'`"
        if keys is not None and not keys.find(str(key)):
            fix = f"run {remove}, or declare the key for an app"
            yield Problem(path, "a value for a key that no app reads", "a key that an app declares", fix)
        elif key in found_keys and isinstance(found_keys[key].declared.source, Manual):
            fix = f"declare `source: config` for {key}, or run {remove}"
            yield Problem(path, "a value for a key with `source: manual`", "`source: config` or `generate`", fix)
        elif wrong := wrong_value(value):
            fix = f"run `{set_command(key)}`"
            if wrong.kind == "white space":
                fix += " with the value alone"
            elif wrong.kind == "reference":
                fix += f"; if you need the reference, run {remove} and set it in Infisical"
            yield Problem(path, wrong.found, wrong.expected, fix)
