"""What Kubernetes accepts as a name. Each check returns what is expected instead, or None if the name is valid."""

from __future__ import annotations

import re

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_DATA_KEY = re.compile(r"[-._a-zA-Z0-9]+")
_QUALIFIED = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")


def label_name(text: str) -> str | None:
    """RFC 1123 label: the names of namespaces."""
    if len(text) <= 63 and _LABEL.fullmatch(text):
        return None
    return "at most 63 of a-z, 0-9 and '-', with a letter or digit at both ends"


def subdomain_name(text: str) -> str | None:
    """RFC 1123 subdomain: the names of Secrets and of most other objects."""
    if len(text) <= 253 and _SUBDOMAIN.fullmatch(text):
        return None
    return "at most 253 of a-z, 0-9, '-' and '.', with a letter or digit at both ends of each part"


def data_key(text: str) -> str | None:
    """A key in a Secret's data."""
    # The API server refuses these names because a mounted volume could not hold them as files.
    if len(text) <= 253 and _DATA_KEY.fullmatch(text) and text != "." and not text.startswith(".."):
        return None
    return "at most 253 of A-Z, a-z, 0-9, '-', '_' and '.', neither '.' nor beginning with '..'"


def label_key(text: str) -> str | None:
    """A label's key: a name of at most 63 characters, with an optional DNS prefix before a slash."""
    prefix, slash, name = text.rpartition("/")
    prefix_fits = not subdomain_name(prefix) if slash else True
    if prefix_fits and len(name) <= 63 and _QUALIFIED.fullmatch(name):
        return None
    return "an optional DNS prefix and '/', then at most 63 of A-Z, a-z, 0-9, '-', '_' and '.'"


def label_value(text: str) -> str | None:
    """A label's value."""
    if len(text) <= 63 and (not text or _QUALIFIED.fullmatch(text)):
        return None
    return "at most 63 of A-Z, a-z, 0-9, '-', '_' and '.', with a letter or digit at both ends"
