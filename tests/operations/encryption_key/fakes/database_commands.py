"""The owner's shell commands for a database that is a file."""

from __future__ import annotations

import shlex
from pathlib import Path

from tests.operations.encryption_key.fakes.memory_infisical import DATABASE


def database_commands(data: Path) -> dict[str, str]:
    """
    The commands in the form of `homelab:infisical.database`. Running one again changes nothing.

    :param data: the folder of the file; the server must be stopped
    """
    aside = f'"{DATABASE}.$HOMELAB_ROTATION"'
    within = f"cd {shlex.quote(str(data))}"
    undone = f'"{DATABASE}.$HOMELAB_ROTATION.undone"'
    return {
        "setAside": f"{within} && {{ test -e {aside} || mv {DATABASE} {aside}; }}",
        "restore": f"{within} && if test -e {aside}; then "
        f"if test -e {DATABASE}; then mv {DATABASE} {undone}; fi && mv {aside} {DATABASE}; fi",
    }
