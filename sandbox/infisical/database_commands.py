"""The shell commands that set Infisical's database aside and restore it, for the rotation of ENCRYPTION_KEY."""

from __future__ import annotations

import shlex

from sandbox.postgres import Postgres

ROTATION = "HOMELAB_ROTATION"
"""The environment variable with the rotation's id."""


def database_commands(postgres: Postgres) -> dict[str, str]:
    """
    The commands in the form of `homelab:infisical.database`. Running one again changes nothing.

    They rename the database: nothing is dropped. Open connections are closed.

    :param postgres: has the database; it was started
    """
    name, owner = postgres.database, postgres.owner
    taken = "SELECT FROM pg_database WHERE datname ="
    rename = "SELECT format('ALTER DATABASE %I RENAME TO %I', :'from', :'to')"
    in_use, empty = f"\\set from {name}\n\\set to :aside", f'CREATE DATABASE "{name}" OWNER "{owner}"'
    undone = f"\\set from {name}\n\\set to :aside '_undone'"
    back = f"\\set from :aside\n\\set to {name}"
    return {
        "setAside": _command(
            postgres,
            f"{in_use}\n{rename} WHERE NOT EXISTS ({taken} :'aside') \\gexec",
            f"SELECT '{empty}' WHERE NOT EXISTS ({taken} '{name}') \\gexec",
        ),
        "restore": _command(
            postgres,
            f"{undone}\n{rename} WHERE EXISTS ({taken} :'aside') AND EXISTS ({taken} '{name}') \\gexec",
            f"{back}\n{rename} WHERE EXISTS ({taken} :'aside') \\gexec",
        ),
    }


def _command(postgres: Postgres, *statements: str) -> str:
    name = postgres.database
    ended = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE '{name}%' \\g /dev/null"
    aside = f"\\getenv rotation {ROTATION}\n\\set aside {name}_ :rotation"
    script = "\n".join((aside, ended, *statements))
    return f"printf '%s\\n' {shlex.quote(script)} | {postgres.shell()}"
