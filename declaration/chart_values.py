"""The values of Infisical's Helm chart, without its passwords."""

from __future__ import annotations

from typing import Any, Final

from declaration.database import ExternalDatabase
from declaration.objects import INFISICAL_SECRETS, POSTGRESQL, REDIS
from declaration.site import Infisical

CHART: Final = "infisical-standalone"


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
        **(_external(infisical.database) if infisical.database else _bundled()),
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


def _external(database: ExternalDatabase) -> dict[str, Any]:
    # The bundled database must be off: with both, the chart renders DB_CONNECTION_URI twice.
    # REDIS_URL comes from the Secret of `kubeSecretRef`: the chart would render its password unencrypted.
    return {
        "postgresql": {
            "enabled": False,
            "useExistingPostgresSecret": {
                "enabled": True,
                "existingConnectionStringSecret": {"name": database.secret_name, "key": database.secret_key},
            },
        },
        "redis": {"enabled": False},
    }
