"""The shell commands that set the fake's data aside and put them back, for whoever rotates ENCRYPTION_KEY."""

from __future__ import annotations

import shlex
from pathlib import Path

DATABASE = "infisical.db"
ROTATION = "HOMELAB_ROTATION"
"""The environment variable with the rotation's id."""


def database_commands(data: Path) -> dict[str, str]:
    """
    As `homelab:infisical.database` takes them; each does nothing where it was done before.

    :param data: the folder of the fake's data; it must not run
    """
    aside = f'"{DATABASE}.${ROTATION}"'
    within = f"cd {shlex.quote(str(data))}"
    undone = f'"{DATABASE}.${ROTATION}.undone"'
    return {
        "setAside": f"{within} && {{ test -e {aside} || mv {DATABASE} {aside}; }}",
        "restore": f"{within} && if test -e {aside}; then "
        f"if test -e {DATABASE}; then mv {DATABASE} {undone}; fi && mv {aside} {DATABASE}; fi",
    }
