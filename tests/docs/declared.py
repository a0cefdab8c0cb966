"""Valid declarations for each section of the reference page, and what the program says about a declaration."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any, Final

from declaration import DeclarationError, parse
from tests.declaration.stack_config import IN_CLEAR, REDIS_URL, S3_LOGIN, as_passed, stack_file

Config = dict[str, Any]

APP: Final = "homelab:apps.APP"
KEY: Final = "homelab:apps.APP.keys.KEY"
SECRET: Final = "homelab:apps.APP.secrets.SECRET"
SHARED: Final = "homelab:shared.KEY"
STORE: Final = "homelab:apps.APP.store"
GENERATOR: Final = "homelab:apps.APP.generator"
FOLDER: Final = "homelab:apps.APP.dataFrom.FOLDER"
DATABASE: Final = "homelab:infisical.database"
BACKUP: Final = "homelab:backup"


def base(**infisical: Any) -> Config:
    config = stack_file() | {"argocd": {}}
    key = {"source": "generate", "kind": "hex", "size": 16}
    config["infisical"] |= infisical
    config["apps"] = {"app": {"namespace": "monitoring", "keys": {"KEY": key}}}
    return config


def _https(**store: Any) -> Config:
    config = base()
    config["store"] |= {"hostAPI": "https://infisical.example.net", **store}
    return config


def _external() -> Config:
    database = {"kind": "external", "secretName": "infisical-database", "secretKey": "DB_CONNECTION_URI"}
    commands = {"setAside": "./set-aside.sh", "restore": "./restore.sh"}
    return {**base(database=database | commands), **REDIS_URL}


def _bundled() -> Config:
    return base(database={"kind": "bundled", "setAside": "./set-aside.sh", "restore": "./restore.sh"})


def with_key(fields: Config) -> Config:
    config = base()
    config["apps"]["app"]["keys"]["KEY"] = fields
    return config


def _shared(fields: Config) -> Config:
    return with_key({"source": "shared"}) | {"shared": {"KEY": fields}}


def _secrets(**fields: Any) -> Config:
    config = base()
    config["apps"]["app"]["secrets"] = {"secret": {"keys": {"OTHER": {"source": "manual"}}, **fields}}
    return config


def _composed(field: str, **fields: Any) -> Config:
    config = base()
    config["apps"]["app"][field] = fields
    return config


def _of_another_store(**fields: Any) -> Config:
    config = base()
    config["apps"]["app"] = {"namespace": "monitoring", "keys": {"KEY": {"property": "password"}}, **fields}
    return config


def _sentinel() -> Config:
    config = _external()
    config["infisical"]["database"]["redisSentinel"] = {"hosts": ["redis:26379"]}
    return config


def _backup(**fields: Any) -> Config:
    return {**base(), "backup": fields}


def _to_s3() -> Config:
    config = _job(s3={"endpoint": "https://s3.example.net", "bucket": "homelab"})
    del config["backup"]["volume"]
    return config | S3_LOGIN


def _job(**fields: Any) -> Config:
    return _backup(recipients=["ssh-ed25519 AAAA"], schedule="@daily", volume={"size": "5Gi"}, **fields)


BASES: Final[dict[str, list[Callable[[], Config]]]] = {
    BACKUP: [_backup, _job, _to_s3],
    f"{BACKUP}.s3": [_to_s3],
    f"{BACKUP}.volume": [_job],
    f"{BACKUP}.images": [lambda: _job(images={})],
    "homelab:infisical.operator": [
        base,
        lambda: base(operator={"accessTokenSeconds": 1, "accessTokenMaxSeconds": 315360000}),
    ],
    "homelab:store": [base, _https],
    "homelab:store.caProvider": [
        lambda: _https(caProvider={"type": "Secret", "namespace": "a", "name": "home-ca", "key": "ca.crt"}),
    ],
    f"{DATABASE}.redisSentinel": [_sentinel],
    DATABASE: [
        _bundled,
        _external,
        lambda: base(database={"kind": "bundled"}),
        lambda: base(database={"kind": "separate"}),
    ],
    KEY: [
        base,
        lambda: with_key({"source": "config"}),
        lambda: with_key({"source": "manual"}),
        lambda: with_key({"source": "generate", "kind": "password", "size": 32}),
    ],
    SHARED: [
        lambda: _shared({"source": "generate", "kind": "hex", "size": 16}),
        lambda: _shared({"source": "generate", "kind": "password", "size": 16}),
        lambda: _shared({"source": "config"}),
        lambda: _shared({"source": "manual"}),
    ],
    APP: [base, lambda: _of_another_store(store={"name": "kubernetes"})],
    SECRET: [_secrets, lambda: _secrets(store={"name": "kubernetes"}, keys={"OTHER": {"property": "other"}})],
    STORE: [lambda: _of_another_store(store={"name": "kubernetes"})],
    GENERATOR: [lambda: _composed("generator", kind="Password", name="web", secretKeys=["password"])],
    f"{APP}.dockerConfig": [
        lambda: _composed("dockerConfig", registry="ghcr.io", username="me", password="KEY"),
    ],
    f"{APP}.passwordHash": [lambda: _composed("passwordHash", password="KEY")],
    FOLDER: [lambda: _composed("dataFrom", **{"/shared/postgres": {}})],
    f"{FOLDER}.rename": [
        lambda: _composed("dataFrom", **{"/shared/postgres": {"rename": {"source": "^PG_(.*)$", "target": "DB_$1"}}}),
    ],
    f"{APP}.connectionString": [lambda: _composed("connectionString", host="postgres", username="web")],
}
"""Valid declarations, by the section that they show. A field is checked in each of them that accepts it."""


def bases(section: str) -> Iterator[Config]:
    for each in BASES.get(section, [base]):
        yield copy.deepcopy(each())


def steps(section: str) -> list[str]:
    names = {"APP": "app", "SECRET": "secret", "FOLDER": "/shared/postgres"}
    return [names.get(step, step) for step in section.removeprefix("homelab:").split(".")]


def section_of(config: Config, section: str) -> Config:
    mapping = config
    for step in filter(None, steps(section)):
        mapping = mapping.setdefault(step, {})
    return mapping


def path_of(section: str, field: str) -> str:
    """The path of a field in an error message."""
    return "homelab:" + ".".join([*filter(None, steps(section)), field])


def problems(config: Config) -> str:
    error = error_of(config)
    return str(error) if error else ""


def error_of(config: Config) -> DeclarationError | None:
    """What the program refuses."""
    try:
        parse(as_passed(config), set(config) - IN_CLEAR, "Pulumi.homelab.yaml", str)
    except DeclarationError as error:
        return error
    return None
