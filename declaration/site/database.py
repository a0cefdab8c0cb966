"""`homelab:infisical.database`: the PostgreSQL and the Redis of Infisical."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, TypedDict

from declaration.kubernetes_names import data_key, subdomain_name
from declaration.section import Section

_CHART_VERSION: Final = re.compile(r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?", re.ASCII)


def chart_version(text: str) -> str | None:
    return None if _CHART_VERSION.fullmatch(text) else "an exact version, major.minor.patch"


@dataclass(frozen=True)
class RedisSentinel:
    """
    Sentinels that know the Redis in charge, each `host:port`, and the name that they give it.

    `auth`: they ask for the same user and password as Redis.
    """

    hosts: tuple[str, ...]
    master: str
    auth: bool


@dataclass(frozen=True)
class ExternalDatabase:
    """
    The owner's PostgreSQL: the Secret in Infisical's namespace that holds its connection string.

    With `sentinel`, the address of Redis has only its user and password, and whether it uses TLS.
    """

    secret_name: str
    secret_key: str
    sentinel: RedisSentinel | None = None


@dataclass(frozen=True)
class SeparateDatabase:
    """
    PostgreSQL and Redis as Applications of their own, with their passwords in a Secret.

    The versions are those of the charts. `moving`: they run, and Infisical still uses the bundled ones.
    """

    postgresql_version: str
    redis_version: str
    moving: bool


@dataclass(frozen=True)
class DatabaseCommands:
    """
    Shell commands that only a rotation of ENCRYPTION_KEY runs.

    `set_aside` keeps the database under another name and creates an empty one; `restore` reverts that.
    """

    set_aside: str
    restore: str


class Database(TypedDict):
    database: ExternalDatabase | SeparateDatabase | None
    database_commands: DatabaseCommands | None
    change_password: str


def parse_database(section: Section) -> Database:
    if "database" not in section.fields:
        section.skip("database")
        return {"database": None, "database_commands": None, "change_password": ""}
    database = section.mapping("database", "{kind: bundled}")
    other: ExternalDatabase | SeparateDatabase | None = None
    change_password = ""
    kind = database.choice("kind", ("bundled", "external", "separate"))
    if not kind:
        database.skip("secretName", "secretKey", "changePassword", "postgresqlVersion", "redisVersion", "from")
        database.skip("redisSentinel")
    if kind in ("bundled", "separate"):
        change_password = database.optional_string("changePassword", example="kubectl exec … -- psql …")
    if kind == "external":
        other = ExternalDatabase(
            secret_name=database.string("secretName", check=subdomain_name, example="infisical-database"),
            secret_key=database.string("secretKey", check=data_key, example="DB_CONNECTION_URI"),
            sentinel=_parse_sentinel(database),
        )
    if kind == "separate":
        other = _parse_separate(database)
    commands = _parse_database_commands(database)
    database.close()
    return {"database": other, "database_commands": commands, "change_password": change_password}


def _parse_sentinel(database: Section) -> RedisSentinel | None:
    database.skip("redisSentinel")
    if "redisSentinel" not in database.fields:
        return None
    example = "redis-node-0.redis:26379"
    sentinel = database.mapping("redisSentinel", f"{{hosts: [{example}]}}")
    found = RedisSentinel(
        hosts=sentinel.strings("hosts", default=None, check=_host_and_port, example=example),
        master=sentinel.string("master", default="mymaster", check=_master, example="mymaster"),
        auth=sentinel.boolean("auth", default=False),
    )
    sentinel.close()
    return found


def _host_and_port(text: str) -> str | None:
    host, _, port = text.rpartition(":")
    fits = not subdomain_name(host) and port.isascii() and port.isdecimal() and 0 < int(port) < 65536
    return None if fits else "a host name or an IPv4 address, and a port, such as redis-node-0.redis:26379"


def _master(text: str) -> str | None:
    fits = all(it.isascii() and (it.isalnum() or it in "._-") for it in text)
    return None if fits else "letters, digits, '.', '_' and '-'"


def _parse_separate(database: Section) -> SeparateDatabase:
    # The versions that Infisical's own chart bundles.
    return SeparateDatabase(
        postgresql_version=database.string(
            "postgresqlVersion", default="14.1.3", check=chart_version, example="14.1.3"
        ),
        redis_version=database.string("redisVersion", default="18.14.0", check=chart_version, example="18.14.0"),
        moving=database.choice("from", ("bundled", "separate"), default="separate") == "bundled",
    )


def _parse_database_commands(database: Section) -> DatabaseCommands | None:
    # Both or none: `restore` reverts `setAside`.
    if not database.fields.keys() & {"setAside", "restore"}:
        database.skip("setAside", "restore")
        return None
    return DatabaseCommands(
        set_aside=database.string("setAside", example="./set-aside.sh"),
        restore=database.string("restore", example="./restore.sh"),
    )
