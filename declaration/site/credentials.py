"""
The credentials that the stack config may hold, and their checks.

They come from an earlier installation or from another system, and take precedence over generated ones. Messages
describe a wrong value and never contain it.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from declaration.problems import Problem, kind_of
from infisical import rules

Describe = Callable[[str], str | None]
"""Describes a wrong value without containing it; None if the value is valid."""

_HEX_32 = re.compile(r"[0-9a-fA-F]{32}")
# The chart renders passwords into connection strings without escaping them.
_PASSWORD = re.compile(r"[A-Za-z0-9._~-]{24,}")
_REDIS_URL = re.compile(r"rediss?://[^\s\ufeff]+")
# Not https: it takes no private key, and its address would contain a password in plain text.
_GIT_URL = re.compile(r"ssh://\S+|[\w.-]+@[\w.-]+:\S+", re.ASCII)


@dataclass(frozen=True)
class Credential:
    """
    What one config key holds.

    `secret`: it must be encrypted. `in_file`: it has several lines, so that its value comes from a file.
    """

    expected: str
    describe: Describe
    secret: bool = True
    in_file: bool = False

    def set_command(self, key: str) -> str:
        """The command that sets the value. It prompts for the value, unless that comes from a file."""
        return f"pulumi config set{' --secret' * self.secret} homelab:{key}{' < FILE' * self.in_file}"


def _encryption_key(value: str) -> str | None:
    if _HEX_32.fullmatch(value):
        return None
    odd = sum(character not in "0123456789abcdefABCDEF" for character in value)
    return f"{len(value)} characters" + (f", {odd} of them not hexadecimal" if odd else "")


def _auth_secret(value: str) -> str | None:
    try:
        length = len(base64.b64decode(value, validate=True))
    except ValueError:
        return f"{len(value)} characters that are not base64"
    return f"base64 of {length} bytes" if length < 32 else None


def _password(value: str) -> str | None:
    if _PASSWORD.fullmatch(value):
        return None
    return f"{len(value)} characters" if len(value) < 24 else "characters that must be escaped in a connection string"


def _without_spaces(value: str) -> str | None:
    return "a string with white space" if rules.without_white_space(value) else None


def _matching(pattern: re.Pattern[str]) -> Describe:
    return lambda value: None if pattern.fullmatch(value) else "a string of another form"


def _ssh_key(value: str) -> str | None:
    lines = value.strip().splitlines()
    if len(lines) > 2 and lines[0].startswith("-----BEGIN ") and lines[-1].startswith("-----END "):
        return None
    return f"a string that is not a private key (lines: {len(lines)})"


_CLIENT_SECRET: Final = "a client secret without white space"
_STRONG_PASSWORD: Final = "24 or more of A-Z, a-z, 0-9, '.', '_', '~' and '-'"

CREDENTIALS: Final[dict[str, Credential]] = {
    "infisicalEncryptionKey": Credential("exactly 32 hexadecimal characters", _encryption_key),
    "infisicalAuthSecret": Credential("base64 of at least 32 bytes", _auth_secret),
    "infisicalPostgresPassword": Credential(_STRONG_PASSWORD, _password),
    "infisicalRedisPassword": Credential(_STRONG_PASSWORD, _password),
    "infisicalRedisUrl": Credential("redis://… or rediss://…", _matching(_REDIS_URL)),
    "infisicalAdminPassword": Credential(
        "the password of the administrator of an existing Infisical, without white space", _without_spaces
    ),
    "infisicalToken": Credential(
        "a token of an identity that administers the organization, without white space", _without_spaces
    ),
    "infisicalAdminClientId": Credential(
        "the client ID of a machine identity that administers the organization, without white space", _without_spaces
    ),
    "infisicalAdminClientSecret": Credential(_CLIENT_SECRET, _without_spaces),
    "infisicalMachineIdentityClientId": Credential("a client ID without white space", _without_spaces),
    "infisicalMachineIdentityClientSecret": Credential(_CLIENT_SECRET, _without_spaces),
    "argocdOidcClientSecret": Credential(_CLIENT_SECRET, _without_spaces),
    "argocdRepoSshPrivateKey": Credential("a private key in PEM or OpenSSH form", _ssh_key, in_file=True),
    "backupS3AccessKeyId": Credential("an access key of S3 without white space", _without_spaces),
    "backupS3SecretAccessKey": Credential("a secret key of S3 without white space", _without_spaces),
    "homelabRepoUrl": Credential(
        "an ssh address, such as git@github.com:me/homelab.git", _matching(_GIT_URL), secret=False
    ),
}

_PAIRS: Final = (
    ("infisicalAdminClientId", "infisicalAdminClientSecret"),
    ("infisicalMachineIdentityClientId", "infisicalMachineIdentityClientSecret"),
    ("homelabRepoUrl", "argocdRepoSshPrivateKey"),
    ("backupS3AccessKeyId", "backupS3SecretAccessKey"),
)
"""Each is useless without the other."""


def check_credentials(values: Mapping[str, object], encrypted: Collection[str]) -> Iterator[Problem]:
    """
    Check the credentials of a stack config.

    :param values: the config's values by key, without the project's name
    :param encrypted: the keys whose values the stack file holds encrypted
    """
    for key, credential in CREDENTIALS.items():
        value = values.get(key)
        if value is None:
            continue
        path = f"homelab:{key}"
        fix = f"run `{credential.set_command(key)}`"
        if not isinstance(value, str) or not value:
            yield Problem(path, kind_of(value), credential.expected, f"{fix}, or `pulumi config rm homelab:{key}`")
        elif wrong := credential.describe(value):
            yield Problem(path, wrong, credential.expected, fix)
        if credential.secret and key not in encrypted:
            yield Problem(
                path, "an unencrypted value", "an encrypted value", f"{fix}; replace the value if it was shared"
            )
    for pair in _PAIRS:
        present = [key for key in pair if values.get(key)]
        if len(present) == 1:
            (missing,) = set(pair) - set(present)
            yield Problem(
                f"homelab:{missing}",
                "missing",
                f"a value, because homelab:{present[0]} has one",
                f"run `{CREDENTIALS[missing].set_command(missing)}`, or `pulumi config rm homelab:{present[0]}`",
            )
