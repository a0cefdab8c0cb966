"""
The shorthand `passwordHash`: the bcrypt hash of a key, or its line of an htpasswd file, as a template.

Each rendering has a new salt. So the operator renders such a Secret only when a value is rotated or the declaration
changes, and the hash stays until then.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from typing import Final

from declaration.inventory.durations import NEVER
from declaration.inventory.key_pairs import PARTS
from declaration.inventory.secret_keys import SecretKey
from declaration.inventory.sources import Generate
from declaration.kubernetes_names import data_key
from declaration.section import Section
from infisical.template import syntax

FIELD: Final = "passwordHash"
LONGEST_PASSWORD: Final = 72
"""In bytes. Go's bcrypt refuses a longer one, and the template function then returns the error as if it were a hash."""

_EXAMPLE: Final = "{username: admin, password: ADMIN_PASSWORD}"


def parse_password_hash(section: Section, fields: Collection[str]) -> dict[str, str]:
    """
    The template of the hash, by its key of the Secret; empty if none is declared.

    :param fields: the names by which templates read the keys of this program's store
    """
    section.skip(FIELD)
    if FIELD not in section.fields:
        return {}
    config = section.mapping(FIELD, _EXAMPLE)
    secret_key = config.string("secretKey", default="users", check=data_key, example="users")
    config.skip("username")
    username = config.string("username", check=_user_name, example="admin") if "username" in config.fields else ""
    password = config.string("password", example="ADMIN_PASSWORD")
    if password and password not in fields:
        # A password in the unencrypted declaration is a mistake, and no message shows it.
        known = ", ".join(sorted(fields)) or "a key of the Secret with a `source`"
        found, expected = "a string that names no key of the Secret", f"one of {known}"
        config.problem("password", found, expected, "declare a key for it")
    config.close()
    value = syntax.reference(password)
    too_long = f"{password} has more than {LONGEST_PASSWORD} bytes, the most that bcrypt hashes"
    guard = f"{{{{ if gt (len {value}) {LONGEST_PASSWORD} }}}}{{{{ fail {json.dumps(too_long)} }}}}{{{{ end }}}}"
    hashed = f"htpasswd {json.dumps(username)}" if username else "bcrypt"
    return {secret_key: f"{guard}{{{{ {hashed} {value} }}}}"}


def check_password_hash(section: Section, keys: Iterable[SecretKey], refresh_interval: str, *, generator: bool) -> None:
    """Report what would make the hash change by itself, or not follow its key."""
    if FIELD not in section.fields:
        return
    if refresh_interval != NEVER:
        section.problem(
            "refreshInterval",
            f"{refresh_interval}, although `{FIELD}` is set",
            f"{NEVER}: a hash has a new salt at each refresh",
            f"remove `refreshInterval`, or declare `{FIELD}` in a Secret of its own",
        )
    if generator:
        section.problem(
            FIELD,
            "a value, although `generator` is set",
            "no value: the operator refreshes neither, and the values of a generator expire",
            f"declare `{FIELD}` in a Secret of its own",
        )
    declared = section.fields[FIELD]
    name = declared.get("password") if isinstance(declared, dict) else None
    for key in keys:
        if name in key.fields and _length(key) > LONGEST_PASSWORD:
            section.problem(
                f"keys.{key.declared_as}.size",
                f"a value of {_length(key)} characters, although `{FIELD}` hashes it",
                f"at most {LONGEST_PASSWORD} characters: bcrypt hashes no more",
                "write a smaller `size`",
            )


def _length(key: SecretKey) -> int:
    """The characters of a generated value; 0 if they are not known."""
    match key.source:
        case Generate(kind="hex", size=size):
            return 2 * size
        case Generate(kind="base64" | "base64url", size=size):
            return -(-size // 3) * 4
        case Generate(kind=kind, size=size) if kind not in PARTS:
            return size
        case _:
            return 0


def _user_name(text: str) -> str | None:
    fits = text.isascii() and text.isprintable() and ":" not in text and text.strip() == text
    return None if fits else "printable ASCII characters without ':', which ends a name in an htpasswd file"
