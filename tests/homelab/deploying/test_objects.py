"""Every object of the homelab, read from the API server and compared field by field."""

from __future__ import annotations

import base64
import re

import yaml

from tests.homelab.deployment import EXTERNAL_SECRET, Homelab

PART_OF = {"app.kubernetes.io/part-of": "homelab"}


def test_the_namespace_of_infisical_admits_its_pods(homelab: Homelab) -> None:
    """The restricted pod-security standard would reject the chart's ingress sidecar."""
    labels = homelab.object("namespace", "infisical")["metadata"]["labels"]

    assert labels == {**PART_OF, "kubernetes.io/metadata.name": "infisical"}


def test_infisical_starts_with_an_encryption_key_and_an_auth_secret(homelab: Homelab) -> None:
    secret = homelab.secret("infisical", "infisical-secrets")

    assert set(secret) == {"ENCRYPTION_KEY", "AUTH_SECRET"}
    assert re.fullmatch("[0-9a-f]{32}", secret["ENCRYPTION_KEY"])
    assert len(base64.b64decode(secret["AUTH_SECRET"], validate=True)) == 32


def test_the_helm_values_contain_both_passwords(homelab: Homelab) -> None:
    secret = homelab.secret("argocd", "infisical-helm-secrets")
    values = yaml.safe_load(secret["values.yaml"])

    assert set(secret) == {"values.yaml"}
    assert set(values) == {"postgresql", "redis"}
    for part in values.values():
        assert set(part) == {"auth"}
        assert set(part["auth"]) == {"password"}
        assert re.fullmatch("[0-9a-f]{24}", part["auth"]["password"])
    assert values["postgresql"] != values["redis"]


def test_the_application_installs_what_the_predecessor_installed(homelab: Homelab) -> None:
    application = homelab.object("applications.argoproj.io", "infisical", "argocd")
    passwords = yaml.safe_load(homelab.secret("argocd", "infisical-helm-secrets")["values.yaml"])

    assert application["metadata"]["labels"] == {
        "app.kubernetes.io/name": "infisical",
        "app.kubernetes.io/part-of": "homelab",
        "app.kubernetes.io/component": "secrets",
        "app.kubernetes.io/managed-by": "argocd",
    }
    assert application["metadata"]["annotations"] == {
        "argocd.argoproj.io/sync-wave": "0",
        "pulumi.com/patchFieldManager": "pulumi-homelab",
    }
    assert application["spec"] == {
        "project": "secrets",
        "source": {
            "repoURL": "https://dl.cloudsmith.io/public/infisical/helm-charts/helm/charts/",
            "chart": "infisical-standalone",
            "targetRevision": "1.7.2",
            "helm": {
                "valuesObject": {
                    "infisical": {
                        "replicaCount": 1,
                        "kubeSecretRef": "infisical-secrets",
                        "service": {"type": "NodePort", "nodePort": "30445"},
                        "resources": {
                            "requests": {"cpu": "100m", "memory": "512Mi"},
                            "limits": {"memory": "1500Mi"},
                        },
                    },
                    "ingress": {"enabled": False},
                    "postgresql": {
                        "enabled": True,
                        "fullnameOverride": "postgresql",
                        "auth": {
                            "username": "infisical",
                            "database": "infisicalDB",
                            "password": passwords["postgresql"]["auth"]["password"],
                        },
                    },
                    "redis": {
                        "enabled": True,
                        "fullnameOverride": "redis",
                        "architecture": "standalone",
                        "auth": {"password": passwords["redis"]["auth"]["password"]},
                    },
                }
            },
        },
        "destination": {"server": "https://kubernetes.default.svc", "namespace": "infisical"},
        "syncPolicy": {"automated": {"prune": True, "selfHeal": True}, "syncOptions": ["CreateNamespace=true"]},
        "ignoreDifferences": [
            {"group": "", "kind": "Secret", "jsonPointers": ["/data"]},
            {
                "group": "apps",
                "kind": "Deployment",
                "name": "infisical-infisical-standalone-infisical",
                "jsonPointers": [
                    "/metadata/annotations/updatedAt",
                    "/spec/template/metadata/annotations/updatedAt",
                ],
            },
        ],
    }


def test_the_operator_has_the_credentials_of_the_stack_config(homelab: Homelab) -> None:
    assert homelab.secret("external-secrets", "infisical-machine-identity") == {
        "clientId": homelab.credentials["infisicalMachineIdentityClientId"],
        "clientSecret": homelab.credentials["infisicalMachineIdentityClientSecret"],
    }


def test_the_store_is_limited_to_the_namespaces_of_the_apps(homelab: Homelab) -> None:
    store = homelab.object("clustersecretstore", "infisical")
    scope = store["spec"]["provider"]["infisical"].pop("secretsScope")

    assert store["apiVersion"] == "external-secrets.io/v1"
    assert {"projectSlug": "homelab", "environmentSlug": "prod", "secretsPath": "/"}.items() <= scope.items()
    assert store["spec"] == {
        "provider": {
            "infisical": {
                "hostAPI": "http://infisical-infisical-standalone-infisical.infisical.svc.cluster.local:8080",
                "auth": {
                    "universalAuthCredentials": {
                        credential: {
                            "name": "infisical-machine-identity",
                            "namespace": "external-secrets",
                            "key": credential,
                        }
                        for credential in ("clientId", "clientSecret")
                    }
                },
            }
        },
        "conditions": [{"namespaces": ["authentik", "monitoring", "openclaw"]}],
    }


REMOTE_KEYS = {
    "authentik/authentik-secret": {
        "AUTHENTIK_SECRET_KEY": "AUTHENTIK_SECRET_KEY",
        "AUTHENTIK_BOOTSTRAP_PASSWORD": "AUTHENTIK_BOOTSTRAP_PASSWORD",
        "AUTHENTIK_BOOTSTRAP_TOKEN": "AUTHENTIK_BOOTSTRAP_TOKEN",
        "AUTHENTIK_POSTGRESQL__PASSWORD": "AUTHENTIK_POSTGRES_PASSWORD",
        "pg-password": "AUTHENTIK_POSTGRES_PASSWORD",
    },
    "monitoring/grafana-secret": {
        "admin-password": "GRAFANA_ADMIN_PASSWORD",
        "oauth-client-secret": "GRAFANA_OAUTH_CLIENT_SECRET",
    },
    "openclaw/openclaw-secret": {
        key: key
        for key in (
            "OPENCLAW_GATEWAY_TOKEN",
            "OPENROUTER_API_KEY",
            "GEMINI_API_KEY",
            "GITHUB_TOKEN",
            "DISCORD_BOT_TOKEN",
            "DISCORD_WEBHOOK_DEUTSCH",
            "DISCORD_WEBHOOK_ENGLISH",
            "DISCORD_WEBHOOK_ALERTS",
        )
    },
}


def test_each_app_has_one_external_secret_with_every_key(homelab: Homelab) -> None:
    found = homelab.objects(EXTERNAL_SECRET)

    assert {
        name: {entry["secretKey"]: entry["remoteRef"]["key"] for entry in item["spec"]["data"]}
        for name, item in found.items()
    } == REMOTE_KEYS
    for name, item in found.items():
        assert item["apiVersion"] == "external-secrets.io/v1"
        assert item["spec"]["refreshInterval"] == "1h0m0s"
        assert item["spec"]["secretStoreRef"] == {"kind": "ClusterSecretStore", "name": "infisical"}
        assert item["spec"]["target"]["name"] == name.partition("/")[2]
        assert item["spec"]["target"]["creationPolicy"] == "Owner"


def test_the_template_of_grafana_adds_its_literals(homelab: Homelab) -> None:
    template = homelab.object(EXTERNAL_SECRET, "grafana-secret", "monitoring")["spec"]["target"]["template"]

    assert template["mergePolicy"] == "Merge"
    assert template["data"] == {"admin-user": "admin", "oauth-client-id": "grafana"}


def test_the_outputs_name_what_was_deployed(homelab: Homelab) -> None:
    outputs = homelab.outputs()
    dates = outputs.pop("rotations")

    assert outputs == {
        "infisical": "https://holdens-mac-mini.story-larch.ts.net:8445",
        "store": "infisical",
        "apps": {
            "authentik": "authentik/authentik-secret",
            "grafana": "monitoring/grafana-secret",
            "openclaw": "openclaw/openclaw-secret",
        },
        "nextSteps": {},
    }
    keys = {"infisicalAuthSecret", "infisicalPostgresPassword", "infisicalRedisPassword"}
    assert set(dates) == {"infisicalEncryptionKey", *keys}
    installed = dates["infisicalEncryptionKey"].removesuffix(", never changes")
    assert installed.startswith("since 20")
    assert all(dates[key].startswith(f"{installed}, due on ") for key in keys)
