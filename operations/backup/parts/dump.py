"""
Reads a dump of PostgreSQL as it streams by: whether it is complete, its rows, and whether ENCRYPTION_KEY opens it.

Infisical encrypts everything with a root key. The row of `kms_root_config` holds that key, encrypted with
ENCRYPTION_KEY by AES-256-GCM: a nonce of 12 bytes, the ciphertext, and a tag of 16 bytes. A server with a different key
does not start.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from operations.backup.keys.encryption import Source
from operations.errors import OperationError

END: Final = b"-- PostgreSQL database dump complete"
TABLE: Final = "kms_root_config"
PROVEN: Final = "yes"
REFUTED: Final = "no"

_COPY: Final = b"COPY "
_ROW_END: Final = b"\\."
_NULL: Final = b"\\N"
_HEX: Final = b"\\\\x"
_NONCE: Final = 12
_KEY_SIZES: Final = (16, 24, 32)


def opening(proof: str) -> str:
    """
    Describe what `DumpCheck.opened_with` returned.
    """
    if proof == REFUTED:
        return "ENCRYPTION_KEY does not open it"
    return "ENCRYPTION_KEY opens it" if proof == PROVEN else f"whether ENCRYPTION_KEY opens it is {proof}"


class DumpCheck:
    """
    Receives a dump in SQL, in pieces of any size.

    `rows` has the number of rows of each table, by the name that the dump writes, such as `public.secrets_v2`.
    """

    def __init__(self) -> None:
        self.rows: Counter[str] = Counter()
        self._table = ""
        self._pieces: list[bytes] = []
        self._columns: list[str] = []
        self._row: dict[str, bytes] = {}
        self.is_complete = False

    def write(self, data: bytes) -> None:
        *lines, rest = data.split(b"\n")
        for line in lines:
            self._read(b"".join((*self._pieces, line)))
            self._pieces.clear()
        self._pieces.append(rest)

    def flush(self) -> None:
        """A sink of decryption has this method; there is nothing to do."""

    def opened_with(self, key: str) -> str:
        """
        Return whether the key opens the dump: `PROVEN`, `REFUTED`, or why neither is proven.
        """
        if not self._row:
            return f"not proven: the dump has no row in the table {TABLE}"
        strategy, encrypted = self._row.get("encryptionStrategy", _NULL), self._row.get("encryptedRootKey", _NULL)
        if strategy not in (_NULL, b"SOFTWARE") or not encrypted.startswith(_HEX):
            return "not proven: the root key in the dump is not encrypted with ENCRYPTION_KEY alone"
        if len(key.encode()) not in _KEY_SIZES:
            return "not proven: ENCRYPTION_KEY does not have the length of a key"
        content = bytes.fromhex(encrypted.removeprefix(_HEX).decode())
        try:
            AESGCM(key.encode()).decrypt(content[:_NONCE], content[_NONCE:], None)
        except (InvalidTag, ValueError):
            return REFUTED
        return PROVEN

    def _read(self, line: bytes) -> None:
        if self._table:
            if line == _ROW_END:
                self._table, self._columns = "", []
                return
            self.rows[self._table] += 1
            if self._columns:
                self._row = dict(zip(self._columns, line.split(b"\t"), strict=False))
        elif line.startswith(_COPY):
            table, _, rest = line.removeprefix(_COPY).partition(b" (")
            self._table = table.decode()
            self.rows[self._table] += 0
            if table.rpartition(b".")[2].strip(b'"') == TABLE.encode():
                names = rest.partition(b")")[0].decode()
                self._columns = [name.strip('" ') for name in names.split(",")]
        elif line == END:
            self.is_complete = True


class Compressed:
    """The source as gzip compresses it. `check` receives it uncompressed."""

    def __init__(self, source: Source, check: DumpCheck) -> None:
        self._source = source
        self._check = check
        self._gzip = zlib.compressobj(wbits=31)
        self._ready = b""
        self._is_at_end = False

    def read(self, size: int, /) -> bytes:
        while not self._ready and not self._is_at_end:
            chunk = self._source.read(size)
            self._check.write(chunk)
            self._is_at_end = not chunk
            self._ready = self._gzip.compress(chunk) if chunk else self._gzip.flush()
        found, self._ready = self._ready[:size], self._ready[size:]
        return found


class Uncompressed:
    """A sink that decompresses what it receives, and writes it to a second sink."""

    def __init__(self, write: Callable[[bytes], Any]) -> None:
        self._write = write
        self._gzip = zlib.decompressobj(wbits=31)

    def write(self, data: bytes) -> int:
        try:
            self._write(self._gzip.decompress(data))
        except zlib.error:
            raise OperationError(
                "The dump decrypts to something else", expected="a file of gzip", fix="use another copy"
            ) from None
        return len(data)

    def flush(self) -> None:
        """Everything is written at once."""

    @property
    def is_complete(self) -> bool:
        return self._gzip.eof
