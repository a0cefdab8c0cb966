"""A keyring of the real gpg."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

ADDRESS = "owner@example.net"


@dataclass(frozen=True)
class Gpg:
    """`fingerprint` is that of the owner's key, which has no passphrase."""

    home: Path
    fingerprint: str

    def add(self, address: str, *options: str) -> None:
        """Create another key."""
        quick = (
            "--batch",
            "--yes",
            "--passphrase",
            "",
            "--quick-generate-key",
            address,
            *(options or ("default", "default")),
        )
        subprocess.run(["gpg", *quick], check=True, capture_output=True)

    def forget_secret_key(self) -> None:
        arguments = ("--batch", "--yes", "--delete-secret-keys", self.fingerprint)
        subprocess.run(["gpg", *arguments], check=True, capture_output=True)


@contextmanager
def keyring(patch: pytest.MonkeyPatch) -> Iterator[Gpg]:
    """A new keyring with one key. Its path is short, because the agent's socket is in it."""
    home = Path(tempfile.mkdtemp(prefix="gpg-"))
    patch.setenv("GNUPGHOME", str(home))
    try:
        gpg = Gpg(home, "")
        gpg.add(ADDRESS)
        listed = subprocess.run(["gpg", "--with-colons", "--list-keys"], check=True, capture_output=True, text=True)
        (fingerprint, *_) = [line.split(":")[9] for line in listed.stdout.splitlines() if line.startswith("fpr:")]
        yield Gpg(home, fingerprint)
    finally:
        subprocess.run(["gpgconf", "--kill", "all"], check=False, capture_output=True)
        # The agent removes its sockets while it ends.
        shutil.rmtree(home, ignore_errors=True)
