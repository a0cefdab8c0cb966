"""
Values that are composed of keys: `template`, and the shorthands `dockerConfig`, `connectionString` and `passwordHash`.

A shorthand becomes a template. In a shorthand, the name of a declared key means the value of that key. Any other
string means itself.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

from declaration.inventory.password_hash import FIELD, parse_password_hash
from declaration.kubernetes_names import data_key
from declaration.problems import shown
from declaration.section import Section
from infisical.template import syntax

DOCKER_CONFIG: Final = "kubernetes.io/dockerconfigjson"
DOCKER_CONFIG_KEY: Final = ".dockerconfigjson"
_URL: Final = '| urlquery | replace "+" "%20"'
"""Escapes a value for a part of a URL. Go escapes a space as `+`, which only a query may contain."""


@dataclass(frozen=True)
class Composed:
    """
    :param templates: by key of the Secret
    :param type: of the Secret, if a shorthand decides it
    """

    templates: dict[str, str] = field(default_factory=dict)
    type: str = ""


def parse_composed(section: Section, fields: Collection[str] | None, own: Collection[str]) -> Composed:
    """
    Read the composed values of a Secret.

    :param fields: the names of the values that its keys provide; None if they are known only in Infisical
    :param own: those of this program's store
    """
    template = section.strings_by_name("template", data_key, lambda _: None, 'URL: "https://{{ .TOKEN }}@example.net"')
    for name, text in template.items():
        for problem in syntax.problems(text, fields):
            names = "keys of the Secret" if fields is None else ", ".join(sorted(fields)) or "no field"
            known = f"a template of the External Secrets Operator that reads {names}"
            section.problem(f"template.{name}", problem, known, "correct the template, or declare the key")
    docker = dict(_docker_config(section, fields or ()))
    connection = dict(_connection_string(section, fields or ()))
    hashed = parse_password_hash(section, own)
    shorthands = (("dockerConfig", docker), ("connectionString", connection), (FIELD, hashed))
    for written, composed in shorthands:
        for name in composed.keys() & template.keys():
            section.problem(
                written,
                f"a value for {shown(name)}, a key of the Secret that `template` already writes",
                "one value for each key of the Secret",
                f"remove {shown(name)} from `template`, or remove `{written}`",
            )
    return Composed({**template, **docker, **connection, **hashed}, DOCKER_CONFIG if docker else "")


def _docker_config(section: Section, fields: Collection[str]) -> Iterator[tuple[str, str]]:
    section.skip("dockerConfig")
    if "dockerConfig" not in section.fields:
        return
    config = section.mapping("dockerConfig", "{registry: ghcr.io, username: me, password: GHCR_TOKEN}")
    registry = config.string("registry", example="ghcr.io")
    user, password = (_part(config, name, fields, required=True) for name in ("username", "password"))
    config.close()
    login = f'{{{{ printf "%s:%s" {user.operand} {password.operand} | b64enc | toJson }}}}'
    entry = f'{{"username":{user.json},"password":{password.json},"auth":{login}}}'
    yield DOCKER_CONFIG_KEY, f'{{"auths":{{{_literal(json.dumps(registry))}:{entry}}}}}'


def _connection_string(section: Section, fields: Collection[str]) -> Iterator[tuple[str, str]]:
    section.skip("connectionString")
    if "connectionString" not in section.fields:
        return
    config = section.mapping("connectionString", "{scheme: postgresql, host: postgres, database: web}")
    secret_key = config.string("secretKey", default="DATABASE_URL", check=data_key, example="DATABASE_URL")
    scheme = config.string("scheme", default="postgresql", check=_scheme, example="postgresql")
    user, password, host, database = (
        _part(config, name, fields, required=name == "host") for name in ("username", "password", "host", "database")
    )
    port = config.optional_integer("port", 1, 65535, example=5432)
    parameters = config.optional_string("parameters", example="sslmode=require")
    if "password" in config.fields and "username" not in config.fields:
        config.problem("username", "missing, although `password` is set", "a user name", "add `username: web`")
    config.close()
    login = f"{user.url}{':' * bool(password)}{password.url}@" if user else ""
    place = f"{host.plain}{f':{port}' if port else ''}{'/' * bool(database)}{database.url}"
    yield secret_key, f"{_literal(scheme)}://{login}{place}{_literal('?' * bool(parameters) + parameters)}"


@dataclass(frozen=True)
class _Part:
    """One value of a shorthand: a key's, or a text."""

    text: str
    is_key: bool

    def __bool__(self) -> bool:
        return bool(self.text)

    @property
    def operand(self) -> str:
        return syntax.reference(self.text) if self.is_key else json.dumps(self.text)

    @property
    def json(self) -> str:
        return f"{{{{ {self.operand} | toJson }}}}"

    @property
    def url(self) -> str:
        return f"{{{{ {self.operand} {_URL} }}}}" if self.is_key else _literal(quote(self.text, safe=""))

    @property
    def plain(self) -> str:
        return f"{{{{ {self.operand} }}}}" if self.is_key else _literal(self.text)


def _part(section: Section, name: str, fields: Collection[str], *, required: bool) -> _Part:
    text = section.string(name, example="NAME") if required else section.optional_string(name, example="NAME")
    if text and text not in fields and name == "password":
        # A password in the unencrypted declaration is a mistake, and no message shows it.
        known = ", ".join(sorted(fields)) or "a key of the Secret"
        section.problem(name, "a string that names no key of the Secret", f"one of {known}", "declare a key for it")
    elif any(not character.isascii() or not character.isprintable() for character in text):
        section.problem(name, "a character that is not printable ASCII", "printable ASCII", "declare a key for it")
    return _Part(text, text in fields)


def _scheme(text: str) -> str | None:
    fits = text[:1].isalpha() and all(it.isascii() and (it.isalnum() or it in "+.-") for it in text)
    return None if fits else "the scheme of a URL, such as postgresql or redis"


def _literal(text: str) -> str:
    """A string escaped for the operator's template language."""
    return text.replace("{{", '{{ "{{" }}')
