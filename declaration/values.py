"""
The apps' values that the stack config holds: `homelab:values`, one encrypted text for each key.

Pure data and its validation. Messages name keys and never contain a value.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Final

from declaration.config_path import config_path
from declaration.inventory import App, FromConfig, Manual, SecretKey
from declaration.section import Problem, kind_of

PATH: Final = "homelab:values"

_REFERENCE: Final = re.compile(r"\$\{[A-Za-z0-9_.-]+\}")


def setting(key: str) -> str:
    """The command that sets the value of a key."""
    return f"pulumi config set --secret --path '{config_path(PATH, key)}'"


def remedy(key: SecretKey) -> str:
    """How an awaited key gets its value; empty where adding it in Infisical is the way."""
    return f"run `{setting(key.name)}`" if isinstance(key.source, FromConfig) else ""


def check_values(declared: object, encrypted: bool, apps: Collection[App] | None) -> Iterator[Problem]:
    """
    Check the values of the stack config.

    :param declared: the mapping of keys to values, as decoded; None where there is none
    :param encrypted: whether the stack file holds it encrypted
    :param apps: the inventory; None where it could not be read, and nothing can be said of the keys
    """
    if declared is None:
        return
    if not isinstance(declared, Mapping):
        yield Problem(PATH, kind_of(declared), "a mapping of keys to texts", f"run `{setting('KEY')}` for each key")
        return
    if not encrypted and declared:
        yield Problem(PATH, "values in clear", "encrypted values", f"run `{setting('KEY')}` for each key")
    sources = {key.name: key.source for app in apps or () for key in app.keys}
    for key, value in declared.items():
        path, remove = f"{PATH}.{key}", f"`pulumi config rm --path '{config_path(PATH, key)}'`"
        if apps is not None and key not in sources:
            mend = f"run {remove}, or declare the key for an app"
            yield Problem(path, "a value for a key that no app reads", "a key of homelab:apps", mend)
        elif isinstance(sources.get(key), Manual):
            mend = f"declare `source: config` for {key}, or run {remove}"
            yield Problem(path, "a value for a key that is set by hand", "a key whose source is another", mend)
        elif not isinstance(value, str) or not value.strip():
            seen = "only white space" if isinstance(value, str) and value else kind_of(value)
            yield Problem(path, seen, "a text", f"run `{setting(key)}`")
        elif _REFERENCE.search(value):
            seen = "a text with `${…}`, in whose place Infisical serves another secret's value, or nothing"
            mend = f"run `{setting(key)}`; where a reference is meant, run {remove} and set it in Infisical"
            yield Problem(path, seen, "a text without it: Infisical has no way to serve it as it stands", mend)
