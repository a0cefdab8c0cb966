"""`manifest.json`: what a backup contains, with checksums, and what it does not. It has no value."""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from declaration.cluster.backup_layout import DATABASE, FORMAT, MANIFEST
from operations.errors import OperationError

FILE: Final = MANIFEST
TIME: Final = "%Y-%m-%dT%H:%M:%SZ"
CHUNK: Final = 1024 * 1024


@dataclass(frozen=True)
class Checksum:
    """The size and the SHA-256 of an encrypted file."""

    bytes: int
    sha256: str


@dataclass(frozen=True)
class Missing:
    """
    :param what: is not in the backup
    :param why: the reason
    :param expected: whether the owner chose this, or it cannot be otherwise
    """

    what: str
    why: str
    expected: bool


@dataclass(frozen=True)
class Manifest:
    """
    :param created: in UTC
    :param files: by name
    :param bootstrap: the names in `bootstrap.json`, without the values
    :param parts: a short description of each part, such as `37 values in 4 folders`
    :param versions: of the program and of what it deploys; only what is known
    :param key_opens_database: yes, no, or why neither was proven; empty without a dump
    """

    stack: str
    created: datetime.datetime
    files: Mapping[str, Checksum]
    parts: Mapping[str, str]
    bootstrap: tuple[str, ...]
    recipients: tuple[str, ...]
    versions: Mapping[str, str]
    missing: tuple[Missing, ...]
    key_opens_database: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether it contains everything that a backup of this homelab can contain."""
        return all(each.expected for each in self.missing) and not self.has_wrong_key

    @property
    def has_only_database(self) -> bool:
        """Whether the job in the cluster wrote it."""
        return set(self.parts) == {DATABASE}

    @property
    def has_wrong_key(self) -> bool:
        """Whether its ENCRYPTION_KEY does not open its database."""
        return self.key_opens_database == "no"

    def to_json(self) -> str:
        content = {"format": FORMAT, **asdict(self), "created": self.created.strftime(TIME)}
        return json.dumps(content, indent=1) + "\n"


def read_manifest(folder: Path) -> Manifest:
    """
    :raises OperationError: the folder has no readable manifest
    """
    what = f"{folder} is not a complete backup"
    expected, fix = f"{FILE} as the backup wrote it", "name the folder of a backup, or use another copy"
    try:
        content = json.loads((folder / FILE).read_bytes())
        if content.pop("format") != FORMAT:
            raise OperationError(what, found=f"{FILE} of another format", expected=FORMAT, fix=fix)
        return Manifest(
            **{
                **content,
                "created": datetime.datetime.strptime(content["created"], TIME).replace(tzinfo=datetime.UTC),
                "files": {name: Checksum(**each) for name, each in content["files"].items()},
                "bootstrap": tuple(content["bootstrap"]),
                "recipients": tuple(content["recipients"]),
                "missing": tuple(Missing(**each) for each in content["missing"]),
            }
        )
    except OSError as error:
        raise OperationError(what, found=f"{FILE}: {error.strerror}", expected=expected, fix=fix) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise OperationError(what, found=f"{FILE} is damaged", expected=expected, fix=fix) from None


def checksum(file: Path) -> Checksum:
    """Read a file once."""
    digest, size = hashlib.sha256(), 0
    with file.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return Checksum(size, digest.hexdigest())


def damage(folder: Path, manifest: Manifest, *, checksums: bool = True) -> list[str]:
    """
    Describe each file that is missing or differs from the manifest.

    :param checksums: read the files; otherwise, compare only their sizes
    """
    found: list[str] = []
    for name, expected in manifest.files.items():
        file = folder / name
        if not file.is_file():
            found.append(f"{name}: missing")
        elif file.stat().st_size != expected.bytes:
            found.append(f"{name}: {file.stat().st_size} bytes instead of {expected.bytes}")
        elif checksums and checksum(file) != expected:
            found.append(f"{name}: its checksum differs")
    return found
