"""The messages of the declaration: every kind of error that a stack config can have."""

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
    IDENTITY,
    IN_CLEAR,
    OIDC,
    REDIS_URL,
    REPOSITORY,
    as_passed,
    elsewhere,
    manual,
    stack_file,
)
from tests.messages.book import assert_messages

Config = dict[str, Any]

CANARY = "canary-of-a-secret"

SITE: Config = {"url": "https://infisical.example.net", "adminEmail": "admin@example.net"}
HEX: Config = {"source": "generate", "kind": "hex", "size": 16}
EXTERNAL: Config = {"kind": "external", "secretName": "infisical-database", "secretKey": "DB_CONNECTION_URI"}


VAULT: Config = {"kind": "ClusterSecretStore", "name": "vault"}
OF_VAULT: Config = {
    "namespace": "web",
    "folder": "/web",
    "store": VAULT,
    "keys": {"TOKEN": HEX, "A/B": {"key": " a"}},
    "dataFrom": {"web/data": {"include": "^PG_"}},
    "creationPolicy": "CreateOrMerge",
}
GENERATED: Config = {
    "namespace": "web",
    "generator": {"kind": "password", "name": "Web", "apiVersion": "v1"},
    "creationPolicy": "Merge",
}
OF_OUR_STORE: Config = {"namespace": "web", "store": VAULT | {"name": "infisical"}, "keys": {"A": {}}}


def _infisical(**fields: Any) -> Config:
    return {**stack_file(), "infisical": SITE | fields}


def _store(**fields: Any) -> Config:
    return {**stack_file(), "store": stack_file()["store"] | fields}


def _apps(**apps: Any) -> Config:
    return {**stack_file(), "apps": apps}


def _app(**fields: Any) -> Config:
    return {"namespace": "web", "keys": {"TOKEN": HEX}} | fields


def _keys(**keys: Any) -> Config:
    return _apps(web=_app(keys=keys))


def _error(config: Config, in_clear: set[str] = IN_CLEAR, unencrypted: Collection[str] = ()) -> str:
    with pytest.raises(DeclarationError) as caught:
        parse(as_passed(config), set(config) - in_clear, "Pulumi.homelab.yaml", str, unencrypted=unencrypted)
    return str(caught.value)


def _site() -> Iterator[tuple[str, str]]:
    yield "An empty stack config", _error({})
    yield "Structures that are not mappings", _error({"infisical": CANARY, "store": [], "apps": "7"})
    yield (
        "Addresses and names of Infisical",
        _error(
            _infisical(
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
        _error(_infisical(nodePort=80, replicas="2", deliverySeconds=None, tailscalePort=True, database={"kind": "x"})),
    )
    yield (
        "Argo CD",
        _error(
            {
                **stack_file(),
                "argocd": {"namespace": "infisical", "project": "My project", "createProject": 1, "projects": CANARY},
            }
        ),
    )
    yield "Argo CD's own project", _error({**stack_file(), "argocd": {"createProject": True}})
    sentinel = {"hosts": ["redis", "redis:26379", "redis:26379"], "master": "my master", "auth": "yes", "user": CANARY}
    yield "Redis Sentinel", _error(_infisical(database=EXTERNAL | {"redisSentinel": sentinel}) | REDIS_URL)
    yield "An unknown mode", _error(_infisical(mode="Managed"))
    yield "Unknown fields of Infisical", _error(_infisical(tailscalePorts=8445, password=CANARY))
    yield (
        "The operator's login",
        _error(_infisical(operator={"accessTokenSeconds": 0, "trustedIps": ["10.0.0.0/255.0.0.0", "10.42.0.1/16"]})),
    )
    yield "A token lifetime above its maximum", _error(_infisical(operator={"accessTokenSeconds": 100000}))
    yield (
        "Resources and the database",
        _error(
            _infisical(
                resources={"limits": {"disk": "1Gi", "memory": "1GB", "cpu": 1}},
                database={"kind": "external", "secretName": "Infisical", "setAside": "./set-aside.sh"},
            )
            | REDIS_URL
        ),
    )
    yield (
        "Fields of a managed Infisical in manual mode",
        _error({**manual(), "infisical": {"url": SITE["url"], "mode": "manual", "adminEmail": "admin@example.net"}}),
    )
    yield (
        "The store",
        _error(_store(hostAPI="infisical:8080", projectSlug="x" * 37, environmentSlug="Prod", secretsPath="apps/")),
    )
    yield "A boolean as a string", _error(_store(folderPerApp="yes"))


def _installation() -> Iterator[tuple[str, str]]:
    key = "-----BEGIN PRIVATE KEY-----\nMIICANARY\n-----END PRIVATE KEY-----\n"
    https = "https://infisical.example.net"
    yield "An unknown way to install Infisical", _error(_infisical(install="flux"))
    yield (
        "Fields, keys and rotations of an installation, for an Infisical elsewhere",
        _error(
            {
                **elsewhere(nodePort=30445, database={"kind": "bundled"}),
                **EARLIER,
                "argocd": {"project": "secrets"},
                "rotations": {"infisicalAuthSecret": "2026-11"},
            }
        ),
    )
    without = {name: value for name, value in elsewhere().items() if name not in ADMIN_IDENTITY}
    yield "No login to an Infisical elsewhere", _error(without)
    yield "Two logins to an Infisical elsewhere", _error({**elsewhere(), **ADMIN})
    yield (
        "An administrator without an address",
        _error({**without, "infisicalAdminPassword": ADMIN["infisicalAdminPassword"]}),
    )
    yield "Certificates of the API", _error(_infisical(caBundle=key))
    yield (
        "Certificates of the store",
        _error(_store(hostAPI=https, caBundle="ca.pem", caProvider={"type": "Pem", "name": "home ca"})),
    )
    yield "Certificates without an https address", _error(_store(caBundle=certificate(), name="Staging"))


def _inventory() -> Iterator[tuple[str, str]]:
    yield "Missing fields of an app", _error(_apps(web={}, blog=CANARY))
    yield (
        "Names of an app",
        _error(
            _apps(Web=_app(namespace="Web", secretName="a b", labels={"a b": "c", "d": "e f"}, literals={"a b": "c"}))
        ),
    )
    yield (
        "A namespace and a Secret that an app cannot own",
        _error(
            _apps(
                web=_app(namespace="argocd", createNamespace=True),
                blog=_app(namespace="infisical", secretName="infisical-secrets"),
            )
        ),
    )
    yield "Workloads and misspelled fields", _error(_apps(web=_app(restarts=["web", 7], secretname="web")))
    yield "Labels and keys of an app", _error(_apps(web=_app(labels={"a": 1}, keys={})))
    yield (
        "Sources of keys",
        _error(
            _keys(
                A={"source": "generat"},
                B={"source": "generate", "size": 16},
                C={"source": "generate", "kind": "hex", "size": 100},
                D={"source": "manual", "size": 16, "rotateEveryDays": 90},
                E={"source": "config", "immutable": True, "changeCommand": "./change.sh"},
            )
        ),
    )
    renamed = HEX | {"renamedFrom": "OLD"}
    yield "Renamed keys", _error(_keys(A=HEX | {"renamedFrom": "A"}, B=renamed, C=renamed, OLD=HEX))
    yield "Names of keys", _error(_keys(**{"1KEY": HEX, "K" * 101: HEX, "TOKEN": HEX | {"secretKeys": []}}))
    yield (
        "Keys of the Secret that are written twice",
        _error(
            _apps(web=_app(keys={"A": HEX | {"secretKeys": ["token", "token"]}, "B": HEX | {"secretKeys": ["token"]}}))
        ),
    )
    yield (
        "Conflicts between apps",
        _error(
            _apps(
                web=_app(createNamespace=True, secretName="shared"),
                blog=_app(createNamespace=True, secretName="shared", keys={"TOKEN": {"source": "config"}}),
            )
        ),
    )


def _secrets() -> Iterator[tuple[str, str]]:
    manual_key = {"source": "manual"}
    yield (
        "Secrets of an app",
        _error(
            _apps(
                web=_app(
                    type="kubernetes.io/service-account-token",
                    refreshInterval="1d",
                    creationPolicy="owner",
                    annotations={"a b": "c"},
                    secrets={
                        "Web": _without_namespace(),
                        "tls": {
                            "type": "kubernetes.io/tls",
                            "keys": {"CERT": manual_key | {"secretKeys": ["tls.crt"]}},
                        },
                        "fixed": {"immutable": True, "creationPolicy": "Merge", "keys": {"TOKEN": HEX}},
                        "web-secret": _without_namespace(),
                        "unknown": _without_namespace() | {"secretName": "a"},
                    },
                ),
                blog=_app(secrets={"argocd-secret": {"namespace": "argocd", "keys": {"A": manual_key}}}),
                news={"namespace": "news", "secrets": {}, "labels": {"a": "b"}},
            )
        ),
    )
    others = {"blog": _without_namespace(), "news": _without_namespace() | {"externalSecret": "blog"}}
    yield "Names of ExternalSecrets", _error(_apps(web=_app(externalSecret="Web_1", secrets=others)))
    part: Config = manual_key | {"secretKeys": []}
    yield (
        "Composed values",
        _error(
            _apps(
                web=_app(
                    template={
                        "open": "{{ .TOKEN",
                        "block": "{{ if .TOKEN }}",
                        "field": "{{ .ABSENT }}",
                        "function": "{{ .TOKEN | b64encode }}",
                        "release": '{{ getHostByName "a" }}',
                        "TOKEN": "twice",
                        "DATABASE_URL": "twice",
                    },
                    connectionString={"password": CANARY, "scheme": "a b", "port": 0, "host": "grün"},
                    dockerConfig={"registry": "ghcr.io"},
                ),
                blog=_app(keys={"A": part}),
            )
        ),
    )
    whole = {"pg": {"include": "("}, "/pg": {"exclude": "(?!a)", "rename": {"source": "(a)", "target": "$1_x"}}}
    yield "Whole folders", _error(_apps(web=_app(dataFrom=whole, creationPolicy="Merge"), blog=_app(dataFrom={})))
    shared = {"SMTP": HEX, "OTHER": {"source": "shared"}, "MORE": manual_key | {"secretKeys": ["a"]}}
    keys = {
        "SMTP": {"source": "shared", "kind": "hex"},
        "ABSENT": {"source": "shared"},
        "A": manual_key | {"folder": "shared", "key": "1A", "property": "a..b", "decodingStrategy": "base64"},
        "B": HEX | {"folder": "/eso_check_keep_empty", "property": "a"},
    }
    yield "Folders, shared keys and forms of values", _error({**_keys(**keys), "shared": shared})
    yield "Shared keys that are not a mapping", _error({**_keys(A=HEX), "shared": CANARY})
    yield "Other stores and generators", _error(_apps(web=OF_VAULT, blog=GENERATED, own=OF_OUR_STORE))
    yield "An app named shared", _error({**_apps(shared=_app()), "shared": {"SMTP": HEX}})


def _without_namespace() -> Config:
    return {"keys": {"TOKEN": HEX}}


def _rest() -> Iterator[tuple[str, str]]:
    yield (
        "Values",
        _error(
            {
                **_keys(GIVEN={"source": "config"}, EMPTY={"source": "config"}, BY_HAND={"source": "manual"}, A=HEX),
                "values": {"GIVEN": "a${OTHER}", "EMPTY": " ", "BY_HAND": CANARY, "NOWHERE": CANARY, "A": 7},
            }
        ),
    )
    two = {name: {"namespace": name, "keys": {"KEY": HEX}} for name in ("one", "two")}
    folders = {**stack_file(), "apps": two, "store": {**stack_file()["store"], "folderPerApp": True}}
    yield "An ambiguous name", _error({**folders, "values": {"KEY": CANARY}, "rotations": {"KEY": "2026-11"}})
    shared = {**stack_file(), "apps": two, "values": {"KEY": CANARY, "one/KEY": CANARY}}
    yield "Two entries of one key", _error(shared)
    restored = {"NOWHERE": "2026-11", "A": "soon", "B": "2026-11", "C": "2026-11"}
    yield (
        "Seeds that cannot be restored",
        _error({**_keys(A=HEX, B={**HEX, "immutable": True}, C={"source": "manual"}), "restoreSeeds": restored}),
    )
    yield "Restored seeds that are not a mapping", _error({**_keys(A=HEX), "restoreSeeds": "A"})
    yield "Unencrypted values", _error({**_keys(A=HEX), "values": {"A": CANARY}}, {*IN_CLEAR, "values"})
    yield (
        "White space around a value",
        _error({**_keys(GIVEN={"source": "config"}), "values": {"GIVEN": f"\ufeff{CANARY}"}}),
    )
    yield (
        "An unencrypted value next to encrypted ones",
        _error({**_keys(A=HEX, B=HEX), "values": {"A": CANARY, "B": CANARY}}, unencrypted={"A"}),
    )
    yield "Values that are not a mapping", _error({**_keys(A=HEX), "values": CANARY})
    immutable = {"SALT": HEX | {"immutable": True}, "GIVEN": {"source": "config"}, "BY_HAND": {"source": "manual"}}
    yield (
        "Rotations",
        _error(
            {
                **_keys(TOKEN=HEX, **immutable),
                "rotations": {
                    "TOKEN": "soon",
                    "TOKEM": "2026-11",
                    "SALT": "2026-11",
                    "GIVEN": "2026-11",
                    "BY_HAND": "2026-11",
                    "infisicalEncryptionKey": "2026-11",
                    "infisicalAuthSecret": "2026-11",
                    "argocdOidcClientSecret": "2026-11",
                },
                "rotateEveryDays": "0",
                "infisicalAuthSecret": EARLIER["infisicalAuthSecret"],
            }
        ),
    )
    yield "Rotations that are not a mapping", _error({**_keys(TOKEN=HEX), "rotations": "2026-11"})
    wrong: dict[str, str] = dict.fromkeys((*EARLIER, *ADMIN, *OIDC, *REPOSITORY), "not valid")
    yield "Wrong credentials", _error({**stack_file(), **wrong})
    yield (
        "Unencrypted, empty and missing credentials",
        _error(
            {**stack_file(), **OIDC, "infisicalToken": "", "homelabRepoUrl": REPOSITORY["homelabRepoUrl"]},
            {*IN_CLEAR, *OIDC},
        ),
    )
    yield "Credentials of the other mode", _error({**stack_file(), **IDENTITY})
    yield "An external database without a Redis", _error(_infisical(database=EXTERNAL))
    yield "A Redis with the bundled database", _error({**stack_file(), **REDIS_URL})
    separate = {"kind": "separate", "postgresqlVersion": "14", "from": "external", "secretName": "x"}
    yield "A separate database", _error(_infisical(database=separate) | REDIS_URL)
    moving = {"kind": "separate", "from": "bundled"}
    yield (
        "A separate database without Argo CD, with a Redis, and with a rotation during a move",
        _error(
            {
                **_infisical(database=moving, install="helm"),
                **REDIS_URL,
                "argocd": {},
                "rotations": {"infisicalRedisPassword": "2026-11"},
            }
        ),
    )
    yield "An encrypted structure", _error(stack_file(), IN_CLEAR - {"apps"})
    yield "Unknown config keys", _error({**stack_file(), "infisicalAdminPasword": CANARY, "zzz": CANARY})


def test_every_message_of_the_declaration() -> None:
    messages = [*_site(), *_installation(), *_inventory(), *_secrets(), *_rest()]

    assert_messages("declaration", messages)
    assert not [message for _, message in messages if CANARY in message]
