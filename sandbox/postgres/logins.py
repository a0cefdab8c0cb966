"""The users of a server and their passwords, in a file that clients read: no password is an argument."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from sandbox.postgres.launch import password_of
from tooling.private_file import write_private

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Logins:
    """
    :param path: of the file, in the format of libpq, with mode 0600
    """

    path: Path

    def ensure(self, users: Sequence[str]) -> None:
        """Create the file, with a password for each user, if it does not exist."""
        if not self.path.exists():
            write_private(self.path, "".join(f"*:*:*:{user}:{secrets.token_hex(16)}\n" for user in users))

    def password(self, user: str) -> str:
        return password_of(user, self.path)

    def uri(self, port: int, user: str, database: str) -> str:
        """The address of a database for clients of libpq. It names the file, and contains no password."""
        return f"postgresql://{quote(user)}@{HOST}:{port}/{quote(database)}?passfile={quote(str(self.path), safe='')}"
