"""The passphrase that protects the export."""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path

from operations.encryption_key.errors import Refused


def find_passphrase(*, is_new: bool) -> str:
    """
    The stack's own where the environment has it, as pulumi reads it; else one that is asked for.

    :param is_new: it is chosen now, and typed twice
    :raises Refused: there is none and nobody to ask
    """
    if given := os.environ.get("PULUMI_CONFIG_PASSPHRASE"):
        return given
    if file := os.environ.get("PULUMI_CONFIG_PASSPHRASE_FILE"):
        return Path(file).read_text().strip()
    if not sys.stdin.isatty():
        raise Refused(
            "there is no passphrase to encrypt the export with: set PULUMI_CONFIG_PASSPHRASE or "
            "PULUMI_CONFIG_PASSPHRASE_FILE, or run the command in a terminal, where it asks for one"
        )
    asked = getpass.getpass("passphrase of the export: ")
    if is_new and getpass.getpass("the same passphrase again: ") != asked:
        raise Refused("the two passphrases differ; run the command again")
    if not asked:
        raise Refused("the passphrase is empty; run the command again")
    return asked
