"""What git tracks: no file is a private key."""

from __future__ import annotations

import subprocess

import pytest

from tests.checkout import CHECKOUT


def is_private_key(content: bytes) -> bool:
    first, _, _ = content.lstrip().partition(b"\n")
    return first.startswith(b"-----BEGIN ") and b"PRIVATE KEY" in first


def test_no_file_is_a_private_key() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=CHECKOUT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    files = [CHECKOUT / name for name in listed.stdout.decode().split("\0") if name]

    assert [str(file) for file in files if file.is_file() and is_private_key(file.read_bytes())] == []


@pytest.mark.parametrize("kind", ["OPENSSH ", "RSA ", ""])
def test_a_private_key_is_recognized(kind: str) -> None:
    assert is_private_key(f"\n-----BEGIN {kind}PRIVATE KEY-----\nAAAA\n".encode())
    assert not is_private_key(b"-----BEGIN CERTIFICATE-----\nAAAA\n")
