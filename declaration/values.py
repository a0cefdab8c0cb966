"""`homelab:values`: values of keys in the stack config, each encrypted. No message contains a value."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Final

from declaration.config_keys import config_path
from declaration.inventory import App, FromConfig, Manual, SecretKey
from declaration.problems import Problem, kind_of
from infisical import rules

PATH: Final = "homelab:values"


def set_command(key: str) -> str:
    """The command that sets the value of a key."""
    return f"pulumi config set --secret --path '{config_path(PATH, key)}'"


def fix_for(key: SecretKey) -> str:
    """How a key without a value gets one; empty if only in Infisical."""
    return f"run `{set_command(key.name)}`" if isinstance(key.source, FromConfig) else ""


def check_values(declared: object, encrypted: bool, apps: Collection[App] | None) -> Iterator[Problem]:
    """
    Check the values of the stack config.

    :param declared: the mapping of keys to values, as decoded; None if missing
    :param encrypted: whether the stack file holds it encrypted
    :param apps: the inventory; None if it has errors, and the keys cannot be checked
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
    sources = {key.name: key.source for app in apps or () for key in app.keys}
    for key, value in declared.items():
        path, remove = f"{PATH}.{key}", f"`pulumi config rm --path '{config_path(PATH, key)}'`"
        if apps is not None and key not in sources:
            fix = f"run {remove}, or declare the key for an app"
            yield Problem(path, "a value for a key that no app reads", "a key of homelab:apps", fix)
        elif isinstance(sources.get(key), Manual):
            fix = f"declare `source: config` for {key}, or run {remove}"
            yield Problem(path, "a value for a key with `source: manual`", "`source: config` or `generate`", fix)
        elif not isinstance(value, str) or not value.strip(rules.WHITE_SPACE):
            found = "only white space" if isinstance(value, str) and value else kind_of(value)
            yield Problem(path, found, "a string", f"run `{set_command(key)}`")
        elif expected := rules.without_references(value):
            found = "a reference `${…}`, which Infisical replaces with another secret's value"
            fix = f"run `{set_command(key)}`; if you need the reference, run {remove} and set it in Infisical"
            yield Problem(path, found, expected, fix)
