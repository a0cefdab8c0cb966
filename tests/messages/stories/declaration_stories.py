"""Broken declarations with their messages: of the site and the installation."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import pytest

from declaration import DeclarationError, parse
from tests.declaration.certificates import certificate
from tests.declaration.stack_config import (
    ADMIN,
    ADMIN_IDENTITY,
    EARLIER,
    IN_CLEAR,
    REDIS_URL,
    S3_LOGIN,
    as_passed,
    elsewhere,
    manual,
    stack_file,
)

Config = dict[str, Any]

CANARY = "canary-of-a-secret"

SITE: Config = {"url": "https://infisical.example.net", "adminEmail": "admin@example.net"}
HEX: Config = {"source": "generate", "kind": "hex", "size": 16}
EXTERNAL: Config = {"kind": "external", "secretName": "infisical-database", "secretKey": "DB_CONNECTION_URI"}


def infisical(**fields: Any) -> Config:
    return {**stack_file(), "infisical": SITE | fields}


def store(**fields: Any) -> Config:
    return {**stack_file(), "store": stack_file()["store"] | fields}


def apps(**apps: Any) -> Config:
    return {**stack_file(), "apps": apps}


def app(**fields: Any) -> Config:
    return {"namespace": "web", "keys": {"TOKEN": HEX}} | fields


def keys(**keys: Any) -> Config:
    return apps(web=app(keys=keys))


def error_of(config: Config, in_clear: set[str] = IN_CLEAR, unencrypted: Collection[str] = ()) -> str:
    with pytest.raises(DeclarationError) as caught:
        parse(as_passed(config), set(config) - in_clear, "Pulumi.homelab.yaml", str, unencrypted=unencrypted)
    return str(caught.value)


def of_the_site() -> Iterator[tuple[str, str]]:
    yield "An empty stack config", error_of({})
    yield "Structures that are not mappings", error_of({"infisical": CANARY, "store": [], "apps": "7"})
    yield (
        "Addresses and names of Infisical",
        error_of(
            infisical(
                url="infisical.example.net",
                apiUrl="https://admin:password@infisical.example.net",
                adminEmail="admin",
                organization=" home",
                chartVersion="1.7",
            )
        ),
    )
    yield (
        "Numbers and choices of Infisical",
        error_of(
            infisical(nodePort=80, replicas="2", deliverySeconds=None, tailscalePort=True, database={"kind": "x"})
        ),
    )
    yield (
        "Argo CD",
        error_of(
            {
                **stack_file(),
                "argocd": {"namespace": "infisical", "project": "My project", "createProject": 1, "projects": CANARY},
            }
        ),
    )
    yield "Argo CD's own project", error_of({**stack_file(), "argocd": {"createProject": True}})
    backup = {"recipients": [CANARY, "AGE-SECRET-KEY-1CANARY", "lost.asc"], "to": ["usb"], "keep": 0, "volume": CANARY}
    yield "Backups", error_of({**stack_file(), "backup": backup})
    job = {"schedule": "daily", "recipients": ["me@example.net"], "images": {"age": "age"}, "memory": "all"}
    yield "The job that backs up the database", error_of({**stack_file(), "backup": job})
    job = {"schedule": "@daily", "recipients": ["me@example.net"], "volume": {"size": "5"}}
    yield "The job that backs up the database, and its recipients", error_of({**stack_file(), "backup": job})
    bucket = {
        "endpoint": f"https://me:{CANARY}@s3.example.net",
        "bucket": "A",
        "prefix": "/a",
        "region": "EU",
        "key": 1,
    }
    job = {"schedule": "@daily", "recipients": ["owner@example.net"], "volume": {"size": "5Gi"}, "s3": bucket}
    yield "The job and a bucket", error_of({**stack_file(), "backup": job})
    s3 = {"endpoint": "https://s3.example.net", "bucket": "homelab"}
    job = {"schedule": "@daily", "recipients": ["ssh-ed25519 AAAA"], "s3": s3}
    yield "A bucket without a login", error_of({**stack_file(), "backup": job})
    yield "A login without a bucket", error_of({**stack_file(), **S3_LOGIN})
    sentinel = {"hosts": ["redis", "redis:26379", "redis:26379"], "master": "my master", "auth": "yes", "user": CANARY}
    yield "Redis Sentinel", error_of(infisical(database=EXTERNAL | {"redisSentinel": sentinel}) | REDIS_URL)
    yield "An unknown mode", error_of(infisical(mode="Managed"))
    yield "Unknown fields of Infisical", error_of(infisical(tailscalePorts=8445, password=CANARY))
    yield (
        "The operator's login",
        error_of(infisical(operator={"accessTokenSeconds": 0, "trustedIps": ["10.0.0.0/255.0.0.0", "10.42.0.1/16"]})),
    )
    yield "A token lifetime above its maximum", error_of(infisical(operator={"accessTokenSeconds": 100000}))
    yield (
        "Resources and the database",
        error_of(
            infisical(
                resources={"limits": {"disk": "1Gi", "memory": "1GB", "cpu": 1}},
                database={"kind": "external", "secretName": "Infisical", "setAside": "./set-aside.sh"},
            )
            | REDIS_URL
        ),
    )
    yield (
        "Fields of a managed Infisical in manual mode",
        error_of({**manual(), "infisical": {"url": SITE["url"], "mode": "manual", "adminEmail": "admin@example.net"}}),
    )
    yield (
        "The store",
        error_of(store(hostAPI="infisical:8080", projectSlug="x" * 37, environmentSlug="Prod", secretsPath="apps/")),
    )
    yield "A boolean as a string", error_of(store(folderPerApp="yes"))


def of_the_installation() -> Iterator[tuple[str, str]]:
    key = "-----BEGIN PRIVATE KEY-----\nMIICANARY\n-----END PRIVATE KEY-----\n"
    https = "https://infisical.example.net"
    yield "An unknown way to install Infisical", error_of(infisical(install="flux"))
    yield (
        "Fields, keys and rotations of an installation, for an Infisical elsewhere",
        error_of(
            {
                **elsewhere(nodePort=30445, database={"kind": "bundled"}),
                **EARLIER,
                "argocd": {"project": "secrets"},
                "rotations": {"infisicalAuthSecret": "2026-11"},
            }
        ),
    )
    without = {name: value for name, value in elsewhere().items() if name not in ADMIN_IDENTITY}
    yield "No login to an Infisical elsewhere", error_of(without)
    yield "Two logins to an Infisical elsewhere", error_of({**elsewhere(), **ADMIN})
    yield (
        "An administrator without an address",
        error_of({**without, "infisicalAdminPassword": ADMIN["infisicalAdminPassword"]}),
    )
    yield "Certificates of the API", error_of(infisical(caBundle=key))
    yield (
        "Certificates of the store",
        error_of(store(hostAPI=https, caBundle="ca.pem", caProvider={"type": "Pem", "name": "home ca"})),
    )
    yield "Certificates without an https address", error_of(store(caBundle=certificate(), name="Staging"))
