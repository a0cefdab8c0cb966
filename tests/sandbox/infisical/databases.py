"""A fake's database, as a test dumps and restores it while the fake is stopped."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from typing import Protocol

from sandbox.infisical import FakeInfisical
from sandbox.postgres import Postgres

FILE = "infisical.db"


class FakesDatabase(Protocol):
    """The database of a fake."""

    @property
    def uri(self) -> str | None:
        """The address that the fake gets."""

    def dump(self, fake: FakeInfisical) -> bytes: ...

    def restore(self, fake: FakeInfisical, dump: bytes) -> None:
        """Drop the database, and create it from the dump."""


@dataclass(frozen=True)
class FileDatabase:
    """A file in the fake's folder."""

    uri: str | None = None

    def dump(self, fake: FakeInfisical) -> bytes:
        return (fake.server.data / FILE).read_bytes()

    def restore(self, fake: FakeInfisical, dump: bytes) -> None:
        shutil.rmtree(fake.server.data)
        fake.server.data.mkdir()
        (fake.server.data / FILE).write_bytes(dump)


@dataclass(frozen=True)
class OwnDatabase:
    """
    An empty database of a PostgreSQL server.

    :param name: must be free
    """

    server: Postgres
    name: str

    def __post_init__(self) -> None:
        self.create()

    @property
    def uri(self) -> str:
        return self.server.uri(self.name)

    def create(self) -> None:
        self.server.execute(f'CREATE DATABASE "{self.name}" OWNER "{self.server.owner}"')

    def dump(self, fake: FakeInfisical | None = None) -> bytes:
        command = [str(self.server.programs / "pg_dump"), "--no-password", f"--dbname={self.uri}"]
        return subprocess.run(command, check=True, capture_output=True).stdout

    def restore(self, fake: FakeInfisical, dump: bytes) -> None:
        self.server.execute(f'DROP DATABASE "{self.name}"')
        self.create()
        self.server.execute(dump.decode(), self.name, user=self.server.owner)
