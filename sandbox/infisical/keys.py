"""
The two keys of a server, and how it gets them: from a private file or from the environment, never from its arguments.

Each error starts with the real server's text and adds the fix.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.infisical.errors import BootError
from tooling.private_file import write_private

KEY_BYTES = 32
ENCRYPTION_KEY = "ENCRYPTION_KEY"
AUTH_SECRET = "AUTH_SECRET"


@dataclass(frozen=True)
class Keys:
    """`encryption_key` encrypts what is stored, `auth_secret` signs the tokens."""

    encryption_key: str = field(repr=False)
    auth_secret: str = field(repr=False)


def write_keys(path: Path, keys: Keys) -> None:
    """Write a file for `read_keys`, readable by its owner only."""
    write_private(path, f"{ENCRYPTION_KEY}={keys.encryption_key}\n{AUTH_SECRET}={keys.auth_secret}\n")


def read_keys(path: Path | None, environment: Mapping[str, str] = os.environ) -> Keys:
    """
    The keys from a file of `NAME=value` lines, or from the environment when there is no file.

    :raises BootError: one is missing or unusable, or others may read the file
    """
    found = _read_file(path) if path else environment
    where = f"in {path}" if path else "in the environment"
    encryption_key, auth_secret = found.get(ENCRYPTION_KEY, ""), found.get(AUTH_SECRET, "")
    if not encryption_key:
        what = f"Please set the {ENCRYPTION_KEY} environment variable and restart your deployment."
        message = f"{what}\n  There is none {where}."
        raise BootError(message)
    if len(encryption_key.encode()) != KEY_BYTES:
        seen = f"the {ENCRYPTION_KEY} {where} has {len(encryption_key.encode())} characters, it must have {KEY_BYTES}"
        message = f"Invalid key length\n  {seen}: `openssl rand -hex 16` makes one."
        raise BootError(message)
    if not auth_secret:
        message = f"{AUTH_SECRET} is not set\n  There is none {where}: `openssl rand -base64 32` makes one."
        raise BootError(message)
    return Keys(encryption_key, auth_secret)


def _read_file(path: Path) -> dict[str, str]:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        lines = path.read_text().splitlines()
    except FileNotFoundError as error:
        message = f"{path} does not exist: it must hold {ENCRYPTION_KEY} and {AUTH_SECRET}"
        raise BootError(message) from error
    if mode & 0o077:
        message = f"{path} has mode {mode:o}, others may read it: `chmod 600 {path}`"
        raise BootError(message)
    pairs = (line.split("=", 1) for line in lines if "=" in line)
    return {name.strip(): value.strip() for name, value in pairs}
