"""How Infisical finds its Redis: the variables that it reads from its Secret."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

import pulumi

from declaration import ExternalDatabase, RedisSentinel


def redis_keys(database: ExternalDatabase | None) -> tuple[str, ...]:
    """The variables, for a Redis that this program did not install, or installed separately."""
    if not (database and database.sentinel):
        return ("REDIS_URL",)
    return (*_of_sentinel(database.sentinel, "redis://"),)


def redis_values(url: pulumi.Output[str], database: ExternalDatabase | None) -> Mapping[str, pulumi.Output[str]]:
    """
    The same with their values.

    :param url: the address of Redis; with Sentinels, its host is not used
    """
    sentinel = database.sentinel if database else None
    if sentinel is None:
        return {"REDIS_URL": url}

    def value(name: str) -> pulumi.Output[str]:
        return url.apply(lambda text: _of_sentinel(sentinel, text)[name])

    return {name: value(name) for name in redis_keys(database)}


def _of_sentinel(sentinel: RedisSentinel, url: str) -> dict[str, str]:
    # Infisical prefers REDIS_URL, so that is absent. An empty variable counts as absent.
    parts = urlsplit(url)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return {
        "REDIS_SENTINEL_HOSTS": ",".join(sentinel.hosts),
        "REDIS_SENTINEL_MASTER_NAME": sentinel.master,
        "REDIS_SENTINEL_ENABLE_TLS": "true" if parts.scheme == "rediss" else "false",
        "REDIS_USERNAME": user,
        "REDIS_PASSWORD": password,
        "REDIS_SENTINEL_USERNAME": user if sentinel.auth else "",
        "REDIS_SENTINEL_PASSWORD": password if sentinel.auth else "",
    }
