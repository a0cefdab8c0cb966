"""The values of Infisical's Helm chart, without its passwords."""

from __future__ import annotations

from typing import Any, Final

from declaration.objects import (
    DATABASE_SECRET,
    INFISICAL_SECRETS,
    POSTGRESQL,
    REDIS,
    SEPARATE_POSTGRESQL,
    SEPARATE_REDIS,
)
from declaration.site.settings import Infisical

CHART: Final = "infisical-standalone"

POSTGRESQL_KEY: Final = "postgresql-password"
REDIS_KEY: Final = "redis-password"
CONNECTION_KEY: Final = "DB_CONNECTION_URI"
"""The keys of the Secret of a separate database."""


def chart_values(infisical: Infisical) -> dict[str, Any]:
    """The values as the declaration gives them. The bundled database lacks its passwords."""
    resources = {"requests": infisical.requests, "limits": infisical.limits}
    return {
        "infisical": {
            "replicaCount": infisical.replicas,
            "kubeSecretRef": INFISICAL_SECRETS,
            # A string, as in the chart's own values.
            "service": {"type": "NodePort", "nodePort": str(infisical.node_port)},
            "resources": {name: amounts for name, amounts in resources.items() if amounts},
        },
        "ingress": {"enabled": False},
        **_databases(infisical),
    }


def _databases(infisical: Infisical) -> dict[str, Any]:
    if infisical.external:
        return _external(infisical.external.secret_name, infisical.external.secret_key)
    return _bundled() if infisical.uses_bundled else _external(DATABASE_SECRET, CONNECTION_KEY)


def separate_values() -> dict[str, dict[str, Any]]:
    """By Application, the values of the charts of a separate database. They contain no password."""
    return {
        SEPARATE_POSTGRESQL: {
            "fullnameOverride": SEPARATE_POSTGRESQL,
            # Where Infisical's chart has its images from, too.
            "image": {"registry": "mirror.gcr.io", "repository": "bitnamilegacy/postgresql"},
            "auth": {
                "username": "infisical",
                "database": "infisicalDB",
                # It would need a second password.
                "enablePostgresUser": False,
                "existingSecret": DATABASE_SECRET,
                "secretKeys": {"userPasswordKey": POSTGRESQL_KEY},
            },
        },
        SEPARATE_REDIS: {
            "fullnameOverride": SEPARATE_REDIS,
            "image": {"registry": "mirror.gcr.io", "repository": "bitnamilegacy/redis"},
            "architecture": "standalone",
            "auth": {"existingSecret": DATABASE_SECRET, "existingSecretPasswordKey": REDIS_KEY},
        },
    }


def _bundled() -> dict[str, Any]:
    return {
        "postgresql": {
            "enabled": True,
            "fullnameOverride": POSTGRESQL,
            "auth": {"username": "infisical", "database": "infisicalDB"},
        },
        "redis": {
            "enabled": True,
            "fullnameOverride": REDIS,
            "architecture": "standalone",
            "auth": {},
        },
    }


def _external(secret_name: str, secret_key: str) -> dict[str, Any]:
    # The bundled database must be off: with both, the chart renders DB_CONNECTION_URI twice.
    # REDIS_URL comes from the Secret of `kubeSecretRef`: the chart would render its password unencrypted.
    return {
        "postgresql": {
            "enabled": False,
            "useExistingPostgresSecret": {
                "enabled": True,
                "existingConnectionStringSecret": {"name": secret_name, "key": secret_key},
            },
        },
        "redis": {"enabled": False},
    }
