"""`homelab:infisical.database`: the PostgreSQL and the Redis of Infisical."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

from declaration.kubernetes_names import data_key, subdomain_name
from declaration.section import Section


@dataclass(frozen=True)
class ExternalDatabase:
    """The owner's PostgreSQL: the Secret in Infisical's namespace that holds its connection string."""

    secret_name: str
    secret_key: str


@dataclass(frozen=True)
class DatabaseCommands:
    """
    Shell commands that only a rotation of ENCRYPTION_KEY runs.

    `set_aside` keeps the database under another name and creates an empty one; `restore` reverts that.
    """

    set_aside: str
    restore: str


class Database(TypedDict):
    database: ExternalDatabase | None
    database_commands: DatabaseCommands | None
    change_password: str


def parse_database(section: Section) -> Database:
    if "database" not in section.fields:
        section.skip("database")
        return {"database": None, "database_commands": None, "change_password": ""}
    database = section.mapping("database", "{kind: bundled}")
    external, change_password = None, ""
    kind = database.choice("kind", ("bundled", "external"))
    if not kind:
        database.skip("secretName", "secretKey", "changePassword")
    if kind == "bundled":
        change_password = database.optional_string("changePassword", example="kubectl exec … -- psql …")
    if kind == "external":
        external = ExternalDatabase(
            secret_name=database.string("secretName", check=subdomain_name, example="infisical-database"),
            secret_key=database.string("secretKey", check=data_key, example="DB_CONNECTION_URI"),
        )
    commands = _parse_database_commands(database)
    database.close()
    return {"database": external, "database_commands": commands, "change_password": change_password}


def _parse_database_commands(database: Section) -> DatabaseCommands | None:
    # Both or none: `restore` reverts `setAside`.
    if not database.fields.keys() & {"setAside", "restore"}:
        database.skip("setAside", "restore")
        return None
    return DatabaseCommands(
        set_aside=database.string("setAside", example="./set-aside.sh"),
        restore=database.string("restore", example="./restore.sh"),
    )
