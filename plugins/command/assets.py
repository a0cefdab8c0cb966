"""Files as Pulumi assets and archives."""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Mapping
from pathlib import Path

from plugins.protocol.properties import ARCHIVE_SIGNATURE, ASSET_SIGNATURE, Special

BLOCK = 512


def file_asset(path: str) -> Special:
    """The asset of the file at `path`. :raises OSError: it cannot be read"""
    return Special(ASSET_SIGNATURE, {"hash": hashlib.sha256(Path(path).read_bytes()).hexdigest(), "path": path})


def file_archive(files: Mapping[str, str]) -> Special:
    """The archive of files (path inside → path on disk). :raises OSError: one cannot be read"""
    fields = {"assets": {name: file_asset(path) for name, path in files.items()}}
    digest = _archive_hash(files)
    return Special(ARCHIVE_SIGNATURE, {**fields, "hash": digest} if digest else fields)


def _archive_hash(files: Mapping[str, str]) -> str | None:
    """
    The hash that Pulumi gives an archive: that of its files as a tar with only names and sizes.

    None where a name needs more than a plain header; the engine then makes the hash itself when it needs one.
    """
    digest = hashlib.sha256()
    for name, path in sorted(files.items()):
        if not name.isascii() or len(name) > tarfile.LENGTH_NAME:
            return None
        data = Path(path).read_bytes()
        digest.update(_tar_header(name, len(data)))
        digest.update(data + bytes(-len(data) % BLOCK))
    digest.update(bytes(2 * BLOCK))
    return digest.hexdigest()


def _tar_header(name: str, size: int) -> bytes:
    entry = tarfile.TarInfo(name)
    entry.mode, entry.size = 0o600, size
    header = bytearray(entry.tobuf(tarfile.USTAR_FORMAT))
    # Go writes the device numbers of plain files as zeros, Python leaves them empty.
    header[329:345] = b"0000000\0" * 2
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header)
