"""The messages of the declaration: every kind of error that a stack config can have."""

from __future__ import annotations

from collections.abc import Iterator

from tests.declaration.stack_config import (
    ADMIN,
    EARLIER,
    IDENTITY,
    IN_CLEAR,
    OIDC,
    REDIS_URL,
    REPOSITORY,
    stack_file,
)
from tests.messages.stories.book import assert_messages
from tests.messages.stories.declaration_stories import (
    CANARY,
    EXTERNAL,
    HEX,
    Config,
    app,
    apps,
    error_of,
    infisical,
    keys,
    of_the_installation,
    of_the_site,
)

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


def _inventory() -> Iterator[tuple[str, str]]:
    yield "Missing fields of an app", error_of(apps(web={}, blog=CANARY))
    yield (
        "Names of an app",
        error_of(
            apps(Web=app(namespace="Web", secretName="a b", labels={"a b": "c", "d": "e f"}, literals={"a b": "c"}))
        ),
    )
    yield (
        "A namespace and a Secret that an app cannot own",
        error_of(
            apps(
                web=app(namespace="argocd", createNamespace=True),
                blog=app(namespace="infisical", secretName="infisical-secrets"),
            )
        ),
    )
    yield "Workloads and misspelled fields", error_of(apps(web=app(restarts=["web", 7], secretname="web")))
    yield "Labels and keys of an app", error_of(apps(web=app(labels={"a": 1}, keys={})))
    yield (
        "Sources of keys",
        error_of(
            keys(
                A={"source": "generat"},
                B={"source": "generate", "size": 16},
                C={"source": "generate", "kind": "hex", "size": 100},
                D={"source": "manual", "size": 16, "rotateEveryDays": 90},
                E={"source": "config", "immutable": True, "changeCommand": "./change.sh"},
            )
        ),
    )
    renamed = HEX | {"renamedFrom": "OLD"}
    yield "Renamed keys", error_of(keys(A=HEX | {"renamedFrom": "A"}, B=renamed, C=renamed, OLD=HEX))
    yield "Names of keys", error_of(keys(**{"1KEY": HEX, "K" * 101: HEX, "TOKEN": HEX | {"secretKeys": []}}))
    yield (
        "Keys of the Secret that are written twice",
        error_of(
            apps(web=app(keys={"A": HEX | {"secretKeys": ["token", "token"]}, "B": HEX | {"secretKeys": ["token"]}}))
        ),
    )
    yield (
        "Conflicts between apps",
        error_of(
            apps(
                web=app(createNamespace=True, secretName="shared"),
                blog=app(createNamespace=True, secretName="shared", keys={"TOKEN": {"source": "config"}}),
            )
        ),
    )


def _secrets() -> Iterator[tuple[str, str]]:
    manual_key = {"source": "manual"}
    yield (
        "Secrets of an app",
        error_of(
            apps(
                web=app(
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
                blog=app(secrets={"argocd-secret": {"namespace": "argocd", "keys": {"A": manual_key}}}),
                news={"namespace": "news", "secrets": {}, "labels": {"a": "b"}},
            )
        ),
    )
    others = {"blog": _without_namespace(), "news": _without_namespace() | {"externalSecret": "blog"}}
    yield "Names of ExternalSecrets", error_of(apps(web=app(externalSecret="Web_1", secrets=others)))
    part: Config = manual_key | {"secretKeys": []}
    yield (
        "Composed values",
        error_of(
            apps(
                web=app(
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
                blog=app(keys={"A": part}),
            )
        ),
    )
    yield (
        "Password hashes",
        error_of(
            apps(
                web=app(
                    keys={"TOKEN": {**HEX, "size": 64}},
                    refreshInterval="1h",
                    generator={"kind": "UUID", "name": "web", "secretKeys": ["uuid"]},
                    passwordHash={"username": "a:b", "password": "TOKEN"},
                ),
                blog=app(passwordHash={"password": CANARY}),
            )
        ),
    )
    whole = {"pg": {"include": "("}, "/pg": {"exclude": "(?!a)", "rename": {"source": "(a)", "target": "$1_x"}}}
    yield "Whole folders", error_of(apps(web=app(dataFrom=whole, creationPolicy="Merge"), blog=app(dataFrom={})))
    shared = {"SMTP": HEX, "OTHER": {"source": "shared"}, "MORE": manual_key | {"secretKeys": ["a"]}}
    of_both = {
        "SMTP": {"source": "shared", "kind": "hex"},
        "ABSENT": {"source": "shared"},
        "A": manual_key | {"folder": "shared", "key": "1A", "property": "a..b", "decodingStrategy": "base64"},
        "B": HEX | {"folder": "/eso_check_keep_empty", "property": "a"},
    }
    yield "Folders, shared keys and forms of values", error_of({**keys(**of_both), "shared": shared})
    yield "Shared keys that are not a mapping", error_of({**keys(A=HEX), "shared": CANARY})
    yield "Other stores and generators", error_of(apps(web=OF_VAULT, blog=GENERATED, own=OF_OUR_STORE))
    yield "An app named shared", error_of({**apps(shared=app()), "shared": {"SMTP": HEX}})


def _without_namespace() -> Config:
    return {"keys": {"TOKEN": HEX}}


def _rest() -> Iterator[tuple[str, str]]:
    yield (
        "Values",
        error_of(
            {
                **keys(GIVEN={"source": "config"}, EMPTY={"source": "config"}, BY_HAND={"source": "manual"}, A=HEX),
                "values": {"GIVEN": "a${OTHER}", "EMPTY": " ", "BY_HAND": CANARY, "NOWHERE": CANARY, "A": 7},
            }
        ),
    )
    two = {name: {"namespace": name, "keys": {"KEY": HEX}} for name in ("one", "two")}
    folders = {**stack_file(), "apps": two, "store": {**stack_file()["store"], "folderPerApp": True}}
    yield "An ambiguous name", error_of({**folders, "values": {"KEY": CANARY}, "rotations": {"KEY": "2026-11"}})
    shared = {**stack_file(), "apps": two, "values": {"KEY": CANARY, "one/KEY": CANARY}}
    yield "Two entries of one key", error_of(shared)
    restored = {"NOWHERE": "2026-11", "A": "soon", "B": "2026-11", "C": "2026-11"}
    yield (
        "Seeds that cannot be restored",
        error_of({**keys(A=HEX, B={**HEX, "immutable": True}, C={"source": "manual"}), "restoreSeeds": restored}),
    )
    yield "Restored seeds that are not a mapping", error_of({**keys(A=HEX), "restoreSeeds": "A"})
    yield "Unencrypted values", error_of({**keys(A=HEX), "values": {"A": CANARY}}, {*IN_CLEAR, "values"})
    yield (
        "White space around a value",
        error_of({**keys(GIVEN={"source": "config"}), "values": {"GIVEN": f"\ufeff{CANARY}"}}),
    )
    yield (
        "An unencrypted value next to encrypted ones",
        error_of({**keys(A=HEX, B=HEX), "values": {"A": CANARY, "B": CANARY}}, unencrypted={"A"}),
    )
    yield "Values that are not a mapping", error_of({**keys(A=HEX), "values": CANARY})
    immutable = {"SALT": HEX | {"immutable": True}, "GIVEN": {"source": "config"}, "BY_HAND": {"source": "manual"}}
    yield (
        "Rotations",
        error_of(
            {
                **keys(TOKEN=HEX, **immutable),
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
    yield "Rotations that are not a mapping", error_of({**keys(TOKEN=HEX), "rotations": "2026-11"})
    wrong: dict[str, str] = dict.fromkeys((*EARLIER, *ADMIN, *OIDC, *REPOSITORY), "not valid")
    yield "Wrong credentials", error_of({**stack_file(), **wrong})
    yield (
        "Unencrypted, empty and missing credentials",
        error_of(
            {**stack_file(), **OIDC, "infisicalToken": "", "homelabRepoUrl": REPOSITORY["homelabRepoUrl"]},
            {*IN_CLEAR, *OIDC},
        ),
    )
    yield "Credentials of the other mode", error_of({**stack_file(), **IDENTITY})
    yield "An external database without a Redis", error_of(infisical(database=EXTERNAL))
    yield "A Redis with the bundled database", error_of({**stack_file(), **REDIS_URL})
    separate = {"kind": "separate", "postgresqlVersion": "14", "from": "external", "secretName": "x"}
    yield "A separate database", error_of(infisical(database=separate) | REDIS_URL)
    moving = {"kind": "separate", "from": "bundled"}
    yield (
        "A separate database without Argo CD, with a Redis, and with a rotation during a move",
        error_of(
            {
                **infisical(database=moving, install="helm"),
                **REDIS_URL,
                "argocd": {},
                "rotations": {"infisicalRedisPassword": "2026-11"},
            }
        ),
    )
    yield "An encrypted structure", error_of(stack_file(), IN_CLEAR - {"apps"})
    yield "Unknown config keys", error_of({**stack_file(), "infisicalAdminPasword": CANARY, "zzz": CANARY})


def test_every_message_of_the_declaration() -> None:
    messages = [*of_the_site(), *of_the_installation(), *_inventory(), *_secrets(), *_rest()]

    assert_messages("declaration", messages)
    assert not [message for _, message in messages if CANARY in message]
