"""
The Secrets of each example, derived from its stack file by hand.

`GIVEN` are the owner's values: those of the stack config, and those that the owner sets in Infisical. `STAND_INS` are
those of the owner's stores and generators, by the names of their stand-ins.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tests.homelab.deploying.expected_secrets import BCRYPT, PASSWORD, ExpectedSecret, Generated, Htpasswd

CERTIFICATE: Final = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
KEY: Final = "-----BEGIN PRIVATE KEY-----\nBBBB\n-----END PRIVATE KEY-----\n"
PEM: Final = r"-----BEGIN {0}-----\n([A-Za-z0-9+/=]+\n)+-----END {0}-----\n"

GIVEN: Final[Mapping[str, Mapping[str, str]]] = {
    "shapes-of-secrets": {
        "SMTP_PASSWORD": 'sm"tp ü',
        "REGISTRY_TOKEN": 'tok"en',
        "KEYSTORE": "AAEC/v8=",
        "TLS_CERTIFICATE": CERTIFICATE,
        "TLS_KEY": KEY,
        "LOGIN": '{"username": "root", "password": "p@ss \\"w/rd"}',
    },
    "folders": {
        "SMTP_PASSWORD": "smtp",
        "PG_USER": "pg-user",
        "PG_PASSWORD_OLD": "an-old-password",
        "OIDC_CLIENT_SECRET": "oidc",
        "renovate/GITHUB_TOKEN": "github",
        "renovate/GITLAB_TOKEN": "gitlab",
    },
    "secrets-of-others": {"GRAFANA_OAUTH_CLIENT_SECRET": "oauth"},
    "other-stores": {"REGISTRY_NOTE": "ours"},
}
STAND_INS: Final[Mapping[str, Mapping[str, str]]] = {
    "monitoring.kubernetes": {"postgres-app": '{"username": "grafana", "password": "p?g"}'},
    "vault": {"redis/grafana": '{"host": "redis", "port": "6379"}'},
    "monitoring.grafana-registry": {"username": "AWS", "password": "ecr-token"},
}

GRAFANA: Final = ExpectedSecret(
    {"GRAFANA_ADMIN_PASSWORD": Generated("/", "GRAFANA_ADMIN_PASSWORD", PASSWORD)},
    labels={"app.kubernetes.io/part-of": "homelab"},
)
MINIMAL: Final = {"monitoring/grafana-secret": GRAFANA}

APPS_IN_FILES: Final = {
    **MINIMAL,
    "paperless/paperless-secret": ExpectedSecret(
        {"PAPERLESS_SECRET_KEY": Generated("/", "PAPERLESS_SECRET_KEY", "[0-9a-f]{64}")}
    ),
}

SHAPES: Final = {
    "monitoring/grafana-secret": ExpectedSecret(
        {**GRAFANA.data, "GF_SMTP_PASSWORD": 'sm"tp ü', "GF_SECURITY_ADMIN_USER": "admin"},
        labels={"team": "monitoring"},
        annotations={"reloader.stakater.com/match": "true"},
    ),
    "forgejo/forgejo-database": ExpectedSecret(
        {
            "password": Generated("/forgejo", "DATABASE_PASSWORD", PASSWORD),
            "DATABASE_URL": Generated(
                *("/forgejo", "DATABASE_PASSWORD", PASSWORD),
                text="postgresql://forgejo:{}@postgres.forgejo.svc/forgejo",
            ),
        }
    ),
    "forgejo/forgejo-mail": ExpectedSecret({"mail.ini": '[mailer]\nPASSWD = "sm\\"tp ü"\n'}),
    "forgejo/forgejo-registry": ExpectedSecret(
        {
            ".dockerconfigjson": (
                '{"auths":{"ghcr.io":{"username":"robot","password":"tok\\"en","auth":"cm9ib3Q6dG9rImVu"}}}'
            )
        },
        type="kubernetes.io/dockerconfigjson",
    ),
    "forgejo/forgejo-basic-auth": ExpectedSecret(
        {"users": Htpasswd("prometheus", Generated("/forgejo", "METRICS_PASSWORD", PASSWORD))}
    ),
    "forgejo/forgejo-keystore": ExpectedSecret({"keystore.p12": b"\x00\x01\x02\xfe\xff"}),
    "traefik/forgejo-tls": ExpectedSecret({"tls.crt": CERTIFICATE, "tls.key": KEY}, type="kubernetes.io/tls"),
    "forgejo/forgejo-login": ExpectedSecret(
        {"username": "root", "password": 'p@ss "w/rd'}, type="kubernetes.io/basic-auth", is_kept=True
    ),
}

OF_OTHERS: Final = {
    "argocd/argocd-secret": ExpectedSecret(
        {"webhook.gogs.secret": Generated("/", "FORGEJO_WEBHOOK", "[0-9a-f]{40}")},
        others=frozenset({"admin.password", "oidc.argocd.clientSecret", "server.secretkey"}),
        is_kept=True,
    ),
    "monitoring/grafana": ExpectedSecret({"oauth-client-secret": "oauth"}, is_kept=True),
}

PG_PASSWORD: Final = Generated("/shared/postgres", "PG_PASSWORD", PASSWORD)
FOLDERS: Final = {
    "databases/postgres-secret": ExpectedSecret(
        {"PG_USER": "pg-user", "PG_PASSWORD": PG_PASSWORD, "PG_PASSWORD_OLD": "an-old-password"}
    ),
    "nextcloud/nextcloud-secret": ExpectedSecret(
        {
            "NEXTCLOUD_ADMIN_PASSWORD": Generated("/nextcloud", "NEXTCLOUD_ADMIN_PASSWORD", "[A-Za-z0-9]{24}"),
            "MAIL_PASSWORD": "smtp",
        }
    ),
    "nextcloud/nextcloud-database": ExpectedSecret({"DB_USER": "pg-user", "DB_PASSWORD": PG_PASSWORD}),
    "nextcloud/nextcloud-oidc": ExpectedSecret({"OIDC_CLIENT_SECRET": "oidc"}),
    "renovate/renovate-secret": ExpectedSecret(
        {"GITHUB_TOKEN": "github", "GITLAB_TOKEN": "gitlab", "SMTP_PASSWORD": "smtp"}
    ),
}

KINDS: Final = {
    "authelia/authelia-secret": ExpectedSecret(
        {
            "AUTHELIA_SESSION_SECRET": Generated("/", "AUTHELIA_SESSION_SECRET", "[0-9a-f]{64}"),
            "AUTHELIA_JWT_SECRET": Generated("/", "AUTHELIA_JWT_SECRET", "[A-Za-z0-9_-]{64}"),
            "AUTHELIA_DUO_PIN": Generated("/", "AUTHELIA_DUO_PIN", "[0-9]{20}"),
        }
    ),
    "authelia/authelia-oidc": ExpectedSecret(
        {
            "oidc.pem": Generated("/", "OIDC_KEY", PEM.format("PRIVATE KEY"), "private"),
            "oidc.pub.pem": Generated("/", "OIDC_KEY", PEM.format("PUBLIC KEY"), "publicPem"),
        }
    ),
    "authelia/authelia-users": ExpectedSecret(
        {
            "password": Generated("/", "ADMIN", PASSWORD, "password"),
            "users.yaml": Generated("/", "ADMIN", BCRYPT, "bcrypt", text="users:\n  admin:\n    password: '{}'\n"),
        }
    ),
    "airflow/airflow-secret": ExpectedSecret(
        {
            "AIRFLOW_FERNET_KEY": Generated("/", "AIRFLOW_FERNET_KEY", "[A-Za-z0-9_-]{43}="),
            "AIRFLOW_SECRET_KEY": Generated("/", "AIRFLOW_SECRET_KEY", "[A-Za-z0-9+/]{43}="),
            "AIRFLOW_INSTANCE_ID": Generated(
                *("/", "AIRFLOW_INSTANCE_ID", "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
            ),
        },
        immutable=True,
    ),
    "airflow/airflow-dags-key": ExpectedSecret(
        {
            "ssh-privatekey": Generated("/", "DAGS_KEY", PEM.format("OPENSSH PRIVATE KEY"), "private"),
            "ssh-publickey": Generated("/", "DAGS_KEY", "ssh-ed25519 AAAA[A-Za-z0-9+/]{64}.*\n?", "public"),
        },
        type="kubernetes.io/ssh-auth",
    ),
}

OTHER_STORES: Final = {
    **MINIMAL,
    "monitoring/grafana-database": ExpectedSecret({"GF_DATABASE_USER": "grafana", "GF_DATABASE_PASSWORD": "p?g"}),
    "monitoring/grafana-cache": ExpectedSecret({"REDIS_host": "redis", "REDIS_port": "6379"}),
    "monitoring/grafana-registry": ExpectedSecret(
        {"username": "AWS", "password": "ecr-token", "login": "AWS:ecr-token ours"}
    ),
}

OF_APPS: Final = {
    "minimal": MINIMAL,
    "apps-in-files": APPS_IN_FILES,
    "shapes-of-secrets": SHAPES,
    "folders": FOLDERS,
    "generated-values": KINDS,
    "secrets-of-others": OF_OTHERS,
    "other-stores": OTHER_STORES,
}
"""By example: those of one Infisical, which differ in their apps only."""

OF_SITES: Final = {
    "external-database": MINIMAL,
    "high-availability": MINIMAL,
    "separate-database": MINIMAL,
    "flux-or-helm": MINIMAL,
    "infisical-elsewhere": MINIMAL,
    "second-environment": {"monitoring/grafana-staging": GRAFANA},
    "set-up-by-hand": {"monitoring/grafana-secret": ExpectedSecret({"GRAFANA_ADMIN_PASSWORD": "set-by-hand"})},
}
"""By example: those that differ in how Infisical is installed."""
