"""The shell commands that move the fake's data away and back, for the rotation of ENCRYPTION_KEY."""

from __future__ import annotations

import shlex
from pathlib import Path

DATABASE = "infisical.db"
ROTATION = "HOMELAB_ROTATION"
"""The environment variable with the rotation's id."""


def database_commands(data: Path) -> dict[str, str]:
    """
    The commands in the form of `homelab:infisical.database`. Running one again changes nothing.

    :param data: the folder of the fake's data; the fake must be stopped
    """
    aside = f'"{DATABASE}.${ROTATION}"'
    within = f"cd {shlex.quote(str(data))}"
    undone = f'"{DATABASE}.${ROTATION}.undone"'
    return {
        "setAside": f"{within} && {{ test -e {aside} || mv {DATABASE} {aside}; }}",
        "restore": f"{within} && if test -e {aside}; then "
        f"if test -e {DATABASE}; then mv {DATABASE} {undone}; fi && mv {aside} {DATABASE}; fi",
    }
