"""What Infisical accepts as names, paths and networks; each says None, or what is allowed."""

from __future__ import annotations

import ipaddress
import re
from typing import Final

_SLUG: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_PATH: Final = re.compile(r"/|(/[A-Za-z0-9_-]+)+")
LONGEST_TTL: Final = 315_360_000


def project_slug(text: str) -> str | None:
    fits = 5 <= len(text) <= 36 and _SLUG.fullmatch(text)
    return None if fits else "5 to 36 of a-z and 0-9, in words joined by '-'"


def environment_slug(text: str) -> str | None:
    return None if len(text) <= 64 and _SLUG.fullmatch(text) else "at most 64 of a-z and 0-9, in words joined by '-'"


def environments(names: dict[str, str]) -> str | None:
    if not names:
        return "at least one environment: its slug and its display name"
    return next((f"slugs that are {wrong}" for wrong in map(environment_slug, names) if wrong), None)


def not_empty(text: str) -> str | None:
    return None if text.strip() else "a text that is not empty"


def secret_name(text: str) -> str | None:
    fits = text and text == text.strip() and not any(sign in text for sign in ":/")
    return None if fits else "a name without ':', '/' and surrounding space"


def folder_path(text: str) -> str | None:
    return None if _PATH.fullmatch(text) else "'/', or folders of A-Z, a-z, 0-9, '_' and '-', each after a '/'"


def folder_below_root(text: str) -> str | None:
    return "a folder below '/'" if text == "/" else folder_path(text)


def folder_paths(texts: list[str]) -> str | None:
    if not texts:
        return "at least one path, such as '/'"
    return next((f"paths that are {wrong}" for wrong in map(folder_path, texts) if wrong), None)


def secret_address(text: str) -> str | None:
    folder, slash, name = text.rpartition("/")
    fits = slash and not folder.endswith("/") and not folder_path(folder or "/") and not secret_name(name)
    return None if fits else "'/NAME' or '/folder/NAME'"


def networks(texts: list[str]) -> str | None:
    if not texts:
        return "at least one network, such as '10.0.0.0/8'"
    for text in texts:
        try:
            ipaddress.ip_network(text)
        except ValueError:
            return "addresses or networks in CIDR notation without host bits, such as '10.42.0.0/16'"
    return None


def seconds(number: float) -> str | None:
    fits = number == int(number) and 1 <= number <= LONGEST_TTL
    return None if fits else f"whole seconds, 1 to {LONGEST_TTL}"
