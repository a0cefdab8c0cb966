"""Who can decrypt backups: public keys of age, SSH and OpenPGP."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from declaration.problems import Problem

KEY_FILE: Final = ".asc"
"""The end of the name of a file with an OpenPGP key, as `gpg --export --armor` writes it."""

EXPECTED: Final = "a public key: age1…, ssh-ed25519 …, ssh-rsa …, or an OpenPGP key as a file or fingerprint"
_EXAMPLE: Final = "age1…"

_AGE: Final = re.compile(r"age1[02-9ac-hj-np-z]+")
_SSH: Final = re.compile(r"ssh-(ed25519|rsa) [A-Za-z0-9+/]+={0,2}( [^\n]*)?")
_FILE: Final = re.compile(rf"(?!/)[A-Za-z0-9._/-]+{re.escape(KEY_FILE)}")
_IN_GPG: Final = re.compile(r"(0x)?[0-9A-Fa-f]{16,64}|[^\s<>]+@[^\s<>]+", re.ASCII)
_SECRET: Final = re.compile(r"AGE-SECRET-KEY-|AGE-PLUGIN-|-----BEGIN [A-Z ]*PRIVATE KEY", re.IGNORECASE)
_BECH32: Final = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_LARGEST: Final = 128 * 1024
"""Bytes of a file with a public key."""


def is_file(recipient: str) -> bool:
    """Whether the recipient is a file with an OpenPGP key."""
    return recipient.endswith(KEY_FILE)


def is_in_gpg(recipient: str) -> bool:
    """Whether only gpg's keyring on the owner's machine has the key."""
    return not is_file(recipient) and not recipient.startswith(("age1", "ssh-"))


def check_recipients(
    path: str, recipients: tuple[str, ...], project: Path, problems: list[Problem]
) -> Mapping[str, str]:
    """
    Add what is wrong to `problems`. A message contains no recipient that may be a secret.

    :param path: of the list
    :param project: the folder with `Pulumi.yaml`, where the files are
    :returns: the public keys in files, by the file's path
    """
    keys: dict[str, str] = {}
    for index, recipient in enumerate(recipients):
        where = f"{path}[{index}]"
        if _SECRET.search(recipient):
            fix = "write the public key, and replace the secret key: who read this file has it"
            problems.append(Problem(where, "a secret key", EXPECTED, fix))
        elif _FILE.fullmatch(recipient):
            content, wrong = _public_key(project / recipient)
            keys[recipient] = content
            if wrong:
                fix = f"run `gpg --export --armor FINGERPRINT > {recipient}`"
                problems.append(Problem(where, f"{recipient}: {wrong}", "an OpenPGP public key in ASCII armor", fix))
        elif not (_is_age(recipient) or _SSH.fullmatch(recipient) or _IN_GPG.fullmatch(recipient)):
            found = f"a string of {len(recipient)} characters that is no public key"
            problems.append(
                Problem(where, found, EXPECTED, f"write, for example, `{_EXAMPLE}` as age-keygen prints it")
            )
    return keys


def _public_key(file: Path) -> tuple[str, str]:
    """The content of the file, and what is wrong with it."""
    try:
        content = file.read_bytes()[: _LARGEST + 1].decode("ascii")
    except FileNotFoundError:
        return "", "no such file"
    except (OSError, UnicodeDecodeError):
        return "", "a file that cannot be read as text"
    if _SECRET.search(content) or "PRIVATE KEY BLOCK" in content:
        return "", "a secret key"
    if len(content) > _LARGEST or "-----BEGIN PGP PUBLIC KEY BLOCK-----" not in content:
        return "", "another content"
    return content, ""


def _is_age(text: str) -> bool:
    """Whether the checksum of a key of age is right (BIP 173), so that a misspelled key is found before a backup."""
    if not _AGE.fullmatch(text):
        return False
    prefix, _, data = text.partition("1")
    expanded = [ord(each) >> 5 for each in prefix] + [0] + [ord(each) & 31 for each in prefix]
    checksum = 1
    for value in [*expanded, *map(_BECH32.index, data)]:
        top = checksum >> 25
        checksum = (checksum & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            checksum ^= generator if top >> bit & 1 else 0
    return checksum == 1
