"""Who can decrypt a backup: age recipients, SSH keys, and OpenPGP keys in files or of the user's gpg."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import pyrage

from declaration.site.recipients import is_file
from operations.errors import OperationError
from operations.programs import find_program

_SECRET: Final = ("AGE-SECRET-KEY-", "AGE-PLUGIN-", "-----BEGIN")
_UNUSABLE: Final = {"e": "expired", "r": "revoked", "d": "disabled", "i": "invalid"}


@dataclass(frozen=True)
class Recipients:
    """
    :param age: `age1…` and `ssh-…`, as given
    :param openpgp: fingerprints
    :param files: the file with the public key, by fingerprint; gpg's keyring has the others
    """

    age: tuple[str, ...] = ()
    openpgp: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def shown(self) -> tuple[str, ...]:
        return (*self.age, *self.openpgp)


def find_recipients(given: Sequence[str]) -> Recipients:
    """
    Check every recipient before anything is read.

    :raises OperationError: one of them cannot be encrypted to; with all of them
    """
    age: list[str] = []
    openpgp: list[str] = []
    files: dict[str, str] = {}
    problems: list[str] = []
    for number, text in enumerate(given, 1):
        # What a user pastes here by mistake must not reach an argument or a message.
        if text.upper().startswith(_SECRET):
            problems.append(f"recipient {number} is a secret key; give its public key")
        elif text.startswith(("age1", "ssh-")):
            age.append(text)
            problems += _wrong_age(text)
        else:
            found = list(_openpgp_keys(text))
            usable = [fingerprint for fingerprint, reason in found if not reason]
            if len(usable) == 1:
                openpgp.append(usable[0])
                files |= {usable[0]: text} if is_file(text) else {}
            else:
                problems.append(f"{text}: {_why(found, usable)}")
    if problems or not given:
        raise OperationError(
            "A backup cannot be encrypted to these recipients",
            found="\n".join(problems) or "no recipient",
            expected="age1…, ssh-ed25519 …, ssh-rsa …, a file NAME.asc with an OpenPGP key, or the fingerprint or "
            "address of one in gpg",
            fix="correct --recipient, or `recipients` in homelab:backup, then run the command again; "
            "`age-keygen -o key.txt` makes an age key",
        )
    return Recipients(tuple(dict.fromkeys(age)), tuple(dict.fromkeys(openpgp)), files)


def age_recipient(text: str) -> object:
    """The recipient as pyrage takes it."""
    return (pyrage.ssh.Recipient if text.startswith("ssh-") else pyrage.x25519.Recipient).from_str(text)


def _wrong_age(text: str) -> Iterator[str]:
    try:
        age_recipient(text)
    except pyrage.RecipientError:
        yield f"{text}: not a public key of age or SSH that can be used"


def _openpgp_keys(text: str) -> Iterator[tuple[str, str]]:
    """The fingerprint of each key that a text means, and why it cannot be encrypted to; empty if it can."""
    exact = f"<{text}>" if "@" in text and "<" not in text and not is_file(text) else text
    verb = "--show-keys" if is_file(text) else "--list-keys"
    argv = [str(find_program("gpg")), "--batch", "--no-tty", "--with-colons", verb, "--", exact]
    listed = subprocess.run(argv, capture_output=True, check=False).stdout.decode(errors="replace")
    reason: str | None = None
    for line in listed.splitlines():
        fields = line.split(":")
        if fields[0] == "pub":
            no_key = "" if "E" in fields[11] else "no usable encryption key"
            reason = _UNUSABLE.get(fields[1], no_key)
        elif fields[0] == "fpr" and reason is not None:
            yield fields[9], reason
            reason = None


def _why(found: Sequence[tuple[str, str]], usable: Sequence[str]) -> str:
    if usable:
        return f"several keys: {', '.join(usable)}; name one of them by its fingerprint"
    return "; ".join(f"{fingerprint}: {reason}" for fingerprint, reason in found) or "no such key"
