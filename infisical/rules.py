"""
Infisical's limits and forms, for everyone who names something in Infisical or gives it a value.

A rule takes what was found and returns what is expected instead, or None if it is valid. It never repeats the value.
This module is pure: importing it loads nothing of Pulumi.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Collection
from typing import Final
from urllib.parse import urlsplit

LONGEST_TOKEN_SECONDS: Final = 315_360_000
"""The longest life of an access token that Infisical accepts."""

LONGEST_SECRET_NAME: Final = 100
"""Infisical answers 404 to requests for a longer name."""

WHITE_SPACE: Final = "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a" + (
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
"""What Infisical trims from values, as JavaScript does. Python's own `strip` trims a different set."""

LONGEST_IDENTITY_NAME: Final = 255

RSA_BITS: Final = (2048, 3072, 4096)
"""The sizes of an RSA key that this program generates."""

CHECK_FOLDER: Final = "eso_check_keep_empty"
"""Its name in Infisical's UI. No app has it, because an app's name has no '_'."""

_IDENTITY_NAME: Final = re.compile(r"[A-Za-z0-9_/ -]+")
SPACES: Final = WHITE_SPACE + "\x1c\x1d\x1e\x1f\x85"
"""All white space: what Infisical trims, and what Python takes for white space in addition."""

_SLUG: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_PATH: Final = re.compile(r"/|(/[A-Za-z0-9_-]+)+")
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_NETWORK: Final = re.compile(r"[0-9A-Fa-f.:]+(/\d+)?", re.ASCII)
_PEM: Final = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----\s+([A-Za-z0-9+/=\s]+?)\s*-----END \1-----")
_REFERENCE: Final = re.compile(r"\$\{([A-Za-z0-9_.@-]+)\}")


def project_slug(text: str) -> str | None:
    fits = 5 <= len(text) <= 36 and _SLUG.fullmatch(text)
    return None if fits else "5 to 36 of a-z and 0-9, in words joined by '-'"


def environment_slug(text: str) -> str | None:
    return None if len(text) <= 64 and _SLUG.fullmatch(text) else "at most 64 of a-z and 0-9, in words joined by '-'"


def environments(slugs: Collection[str]) -> str | None:
    if not slugs:
        return "at least one environment: its slug and its display name"
    return next((f"slugs of {wrong}" for wrong in map(environment_slug, slugs) if wrong), None)


def not_empty(text: str) -> str | None:
    return None if trimmed(text) else "a string that is not empty"


def rsa_bits(number: float) -> str | None:
    return None if number in RSA_BITS else "2048, 3072 or 4096 bits"


def identity_name(text: str) -> str | None:
    """A name that Infisical's search for identities accepts."""
    fits = len(text) <= LONGEST_IDENTITY_NAME and _IDENTITY_NAME.fullmatch(text) and text.strip() == text
    return None if fits else f"1 to {LONGEST_IDENTITY_NAME} of A-Z, a-z, 0-9, '_', '-', '/' and inner spaces"


def organization_name(text: str) -> str | None:
    fits = text and len(text) <= 64 and text.strip(SPACES) == text
    return None if fits else "1 to 64 characters, no white space around them"


def email(text: str) -> str | None:
    return None if _EMAIL.fullmatch(text) else "an e-mail address"


def url(text: str) -> str | None:
    """The address of a server."""
    try:
        parts = urlsplit(text)
        reachable = parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        reachable = False
    # `urlsplit` accepts white space in a host.
    if reachable and not re.search(r"[\s@?#]", text):
        return None
    return "an http or https address without user, password, query and fragment"


def secret_name(text: str) -> str | None:
    fits = (
        text and len(text) <= LONGEST_SECRET_NAME and text == text.strip(SPACES) and not any(it in text for it in ":/")
    )
    return None if fits else f"1 to {LONGEST_SECRET_NAME} characters without ':', '/' and surrounding white space"


def folder_path(text: str) -> str | None:
    return None if _PATH.fullmatch(text) else "'/', or folders of A-Z, a-z, 0-9, '_' and '-', each after a '/'"


def folder_below_root(text: str) -> str | None:
    return "a folder below '/'" if text == "/" else folder_path(text)


def folder_paths(texts: Collection[str]) -> str | None:
    if not texts:
        return "at least one path, such as '/'"
    return next((f"paths of {wrong}" for wrong in map(folder_path, texts) if wrong), None)


def secret_address(text: str) -> str | None:
    """A secret and its folder in one string."""
    folder, slash, name = text.rpartition("/")
    fits = slash and not folder.endswith("/") and not folder_path(folder or "/") and not secret_name(name)
    return None if fits else "'/NAME' or '/folder/NAME'"


def network(text: str) -> str | None:
    try:
        # Python also reads forms that Infisical refuses, such as a net mask after the '/'.
        fits = ipaddress.ip_network(text) and _NETWORK.fullmatch(text)
    except ValueError:
        fits = None
    return None if fits else "an IP address, or a network in CIDR notation without host bits, such as '10.42.0.0/16'"


def networks(texts: Collection[str]) -> str | None:
    if not texts:
        return "at least one network, such as '10.0.0.0/8'"
    return next((f"a list, each entry {wrong}" for wrong in map(network, texts) if wrong), None)


def seconds(number: float) -> str | None:
    fits = number == int(number) and 1 <= number <= LONGEST_TOKEN_SECONDS
    return None if fits else f"whole seconds, 1 to {LONGEST_TOKEN_SECONDS}"


def certificates(text: str) -> str | None:
    """The certificates of a CA, and nothing else: a private key does not belong there."""
    found = _PEM.findall(text)
    fits = found and text.count("-----BEGIN ") == len(found) and all(map(_is_certificate, found))
    return None if fits else "certificates in PEM form, from BEGIN CERTIFICATE to END CERTIFICATE, without a key"


def _is_certificate(block: tuple[str, str]) -> bool:
    kind, content = block
    try:
        return kind == "CERTIFICATE" and base64.b64decode("".join(content.split()), validate=True)[:1] == b"0"
    except binascii.Error:
        return False


def without_references(value: str) -> str | None:
    """A value that Infisical serves unchanged: it replaces `${…}` with the value of a different secret."""
    return "a string without `${…}`" if _REFERENCE.search(value) else None


def references(value: str) -> list[str]:
    """The secrets that a value refers to, as `NAME` or `environment.folder.NAME`."""
    return _REFERENCE.findall(value)


def trimmed(value: str) -> str:
    """A value without the white space around it, by Infisical's rule."""
    return value.strip(WHITE_SPACE)


def stored_form(value: str) -> str:
    """A value as Infisical stores it: without surrounding white space, except for one newline at the end."""
    return trimmed(value) + ("\n" if value.endswith("\n") else "")


def stored_unchanged(value: str) -> str | None:
    """A value that Infisical stores as it is."""
    if stored_form(value) == value:
        return None
    return "a string without white space at its start and end, except for one newline at the end"


def without_white_space(value: str) -> str | None:
    """A credential in one word."""
    return "a string without white space" if any(character in SPACES for character in value) else None
