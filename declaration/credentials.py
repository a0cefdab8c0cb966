"""
The secrets that the stack config may hold: one key for each of the predecessor's variables, and its check.

A value here comes from an earlier installation or from another system and takes precedence over
generating one. Messages describe a wrong value and never contain it.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from declaration.section import Problem, kind_of

Describe = Callable[[str], str | None]
"""Says what is wrong with a value, in words that do not contain it; None where it is right."""

_HEX_32 = re.compile(r"[0-9a-fA-F]{32}")
# Passwords stand unescaped in the connection strings that the chart renders.
_PASSWORD = re.compile(r"[A-Za-z0-9._~-]{24,}")
_REDIS_URL = re.compile(r"rediss?://\S+")
# Not https: a private key does not open it, and what does would stand in it in clear.
_GIT_URL = re.compile(r"ssh://\S+|[\w.-]+@[\w.-]+:\S+", re.ASCII)


@dataclass(frozen=True)
class Credential:
    """
    A config key of this kind: what is allowed, what is wrong with a value, whether it has to be encrypted,
    and whether it has several lines.
    """

    allowed: str
    describe: Describe
    secret: bool = True
    in_file: bool = False

    def setting(self, key: str) -> str:
        """The command that sets it; where it asks for the value, it reads one line."""
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
    return f"{len(value)} characters" if len(value) < 24 else "characters that a connection string would have to escape"


def _without_spaces(value: str) -> str | None:
    return "a text with white space" if re.search(r"\s", value) else None


def _matching(pattern: re.Pattern[str]) -> Describe:
    return lambda value: None if pattern.fullmatch(value) else "another text"


def _ssh_key(value: str) -> str | None:
    lines = value.strip().splitlines()
    if len(lines) > 2 and lines[0].startswith("-----BEGIN ") and lines[-1].startswith("-----END "):
        return None
    return f"a text of {len(lines)} lines that is no private key"


_STRONG_PASSWORD: Final = "24 or more of A-Z, a-z, 0-9, '.', '_', '~' and '-'"

CREDENTIALS: Final[dict[str, Credential]] = {
    "infisicalEncryptionKey": Credential("exactly 32 hexadecimal characters", _encryption_key),
    "infisicalAuthSecret": Credential("base64 of at least 32 bytes", _auth_secret),
    "infisicalPostgresPassword": Credential(_STRONG_PASSWORD, _password),
    "infisicalRedisPassword": Credential(_STRONG_PASSWORD, _password),
    "infisicalRedisUrl": Credential("redis://… or rediss://…", _matching(_REDIS_URL)),
    "infisicalAdminPassword": Credential(
        "the administrator's password, where Infisical was set up before", _without_spaces
    ),
    "infisicalToken": Credential("a token of an identity that administers the organization", _without_spaces),
    "infisicalMachineIdentityClientId": Credential("the identity's client id", _without_spaces),
    "infisicalMachineIdentityClientSecret": Credential("the identity's client secret", _without_spaces),
    "argocdOidcClientSecret": Credential("the OIDC provider's client secret", _without_spaces),
    "argocdRepoSshPrivateKey": Credential("a private key in PEM or OpenSSH form", _ssh_key, in_file=True),
    "homelabRepoUrl": Credential("the repository's ssh address", _matching(_GIT_URL), secret=False),
}

_PAIRS: Final = (
    ("infisicalMachineIdentityClientId", "infisicalMachineIdentityClientSecret"),
    ("homelabRepoUrl", "argocdRepoSshPrivateKey"),
)
"""What is of use only together."""


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
        mend = f"run `{credential.setting(key)}`"
        if not isinstance(value, str) or not value:
            yield Problem(path, kind_of(value), credential.allowed, f"{mend}, or `pulumi config rm homelab:{key}`")
        elif wrong := credential.describe(value):
            yield Problem(path, wrong, credential.allowed, mend)
        if credential.secret and key not in encrypted:
            yield Problem(path, "a value in clear", "an encrypted value", f"{mend}; change the value if it was shared")
    for pair in _PAIRS:
        there = [key for key in pair if values.get(key)]
        if len(there) == 1:
            (missing,) = set(pair) - set(there)
            yield Problem(
                f"homelab:{missing}",
                "nothing",
                f"a value, since homelab:{there[0]} has one",
                f"run `{CREDENTIALS[missing].setting(missing)}`, or `pulumi config rm homelab:{there[0]}`",
            )
