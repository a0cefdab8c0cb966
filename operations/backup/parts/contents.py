"""The parts of a backup besides the database, and the names under which a recovery sets them."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from declaration import Infisical
from declaration.cluster.chart_values import POSTGRESQL_KEY, REDIS_KEY
from declaration.objects import DATABASE_SECRET, HELM_SECRETS, INFISICAL_SECRETS
from declaration.yaml_text import load_yaml
from operations.backup.targets.manifest import Missing
from operations.values.access.server import Everything

BOOTSTRAP: Final = "bootstrap.json"
VALUES: Final = "values.json"
STATE: Final = "state.json"

ENCRYPTION_KEY: Final = "infisicalEncryptionKey"
AUTH_SECRET: Final = "infisicalAuthSecret"
POSTGRES_PASSWORD: Final = "infisicalPostgresPassword"
REDIS_PASSWORD: Final = "infisicalRedisPassword"
ADMIN_PASSWORD: Final = "infisicalAdminPassword"

_SECRET: Final = "kubernetes:core/v1:Secret"
_STASH: Final = "pulumi:index:Stash"
_PROVIDER: Final = "pulumi:providers:infisical"

Resources = list[dict[str, Any]]


@dataclass(frozen=True)
class Part:
    """
    :param name: of the file, without the suffix of its encryption
    :param about: a short description without a value
    """

    name: str
    content: bytes = field(repr=False)
    about: str


def bootstrap_of(resources: Resources) -> dict[str, str]:
    """
    What Infisical cannot hold itself, as it is deployed: by the key of the stack config that sets it.

    :param resources: of the stack's state, decrypted
    """
    own = _deployed(resources, INFISICAL_SECRETS)
    found = {
        ENCRYPTION_KEY: _outputs(resources, _STASH, "infisical-encryption-key").get("output", "")
        or own.get("ENCRYPTION_KEY", ""),
        AUTH_SECRET: own.get("AUTH_SECRET", ""),
        **dict(_database_passwords(resources)),
        ADMIN_PASSWORD: _inputs(resources, _PROVIDER, "infisical").get("password", ""),
    }
    return {name: str(value) for name, value in found.items() if value}


def missing_keys(found: Mapping[str, str], infisical: Infisical) -> Iterator[Missing]:
    """:param found: what `bootstrap_of` returned"""
    if not infisical.is_installed:
        yield Missing("ENCRYPTION_KEY and AUTH_SECRET", "Infisical runs elsewhere: its keys are there", expected=True)
        return
    own = (ENCRYPTION_KEY, AUTH_SECRET, *(() if infisical.external else (POSTGRES_PASSWORD, REDIS_PASSWORD)))
    for name in own:
        if name not in found:
            yield Missing(name, "not in the stack's state", expected=False)


def bootstrap_part(values: Mapping[str, str]) -> Part:
    return Part(BOOTSTRAP, _json(values), f"{len(values)} keys and passwords of Infisical")


def values_part(found: Everything) -> Part:
    """`import-values` reads this file."""
    secrets = [
        {"key": secret.name, "value": secret.value, "secretPath": path, **_more(asdict(secret))}
        for path, folder in found.folders.items()
        for secret in folder.secrets
    ]
    content = {
        "project": found.project,
        "environment": found.environment,
        "folders": list(found.folders),
        "secrets": secrets,
    }
    about = f"{_count(len(secrets), 'value')} in {_count(len(found.folders), 'folder')}"
    return Part(VALUES, _json(content), about)


def missing_values(found: Everything) -> Iterator[Missing]:
    """What the export of the values lacks. The dump of the database has all of it."""
    for environment in found.others:
        yield Missing(f"values of the environment {environment}", "not the store's environment", expected=True)
    for path, folder in found.folders.items():
        for name in sorted(folder.hidden):
            yield Missing(f"value of {name} at {path}", "hidden from this login", expected=False)
        for line in folder.beyond:
            if "hidden" not in line:
                yield Missing(line, "not in the export of the values", expected=True)


def state_part(state: Mapping[str, Any]) -> Part:
    """The state as `pulumi stack import` takes it."""
    resources = (state.get("deployment") or {}).get("resources") or []
    about = f"{_count(len(resources), 'resource')}; secrets encrypted by the stack's passphrase"
    return Part(STATE, _json(state), about)


def stack_file(stack: str) -> str:
    """The name of the stack's file."""
    return f"Pulumi.{stack.rpartition('/')[2]}.yaml"


def stack_file_part(project: Path, stack: str) -> Part:
    name = stack_file(stack)
    return Part(name, (project / name).read_bytes(), "the declaration; secrets encrypted by the stack's passphrase")


def _database_passwords(resources: Resources) -> Iterator[tuple[str, str]]:
    if separate := _deployed(resources, DATABASE_SECRET):
        yield POSTGRES_PASSWORD, separate.get(POSTGRESQL_KEY, "")
        yield REDIS_PASSWORD, separate.get(REDIS_KEY, "")
    elif bundled := load_yaml(HELM_SECRETS, _deployed(resources, HELM_SECRETS).get("values.yaml", "{}"), []):
        yield POSTGRES_PASSWORD, bundled["postgresql"]["auth"]["password"]
        yield REDIS_PASSWORD, bundled["redis"]["auth"]["password"]


def _deployed(resources: Resources, name: str) -> dict[str, str]:
    """The values that the program wrote into a Secret. The official plugin keeps them in base64."""
    inputs = _inputs(resources, _SECRET, name)
    encoded = {key: base64.b64decode(value).decode() for key, value in (inputs.get("data") or {}).items()}
    return encoded | (inputs.get("stringData") or {})


def _inputs(resources: Resources, kind: str, name: str) -> dict[str, Any]:
    return _first(resources, kind, name).get("inputs") or {}


def _outputs(resources: Resources, kind: str, name: str) -> dict[str, Any]:
    return _first(resources, kind, name).get("outputs") or {}


def _first(resources: Resources, kind: str, name: str) -> dict[str, Any]:
    return next((each for each in resources if each["type"] == kind and each["urn"].endswith(f"::{name}")), {})


def _more(secret: dict[str, Any]) -> dict[str, Any]:
    """The fields of a copy that are not empty, besides its name and value."""
    return {name: each for name, each in secret.items() if each and name not in ("name", "value")}


def _json(content: Any) -> bytes:
    return json.dumps(content, indent=1).encode() + b"\n"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
