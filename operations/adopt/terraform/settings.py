"""The settings of the declaration that are in use: read from the Application and the store, and written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import yaml

from declaration import ARGOCD, PROJECT
from declaration.objects import ARGOCD_NAMESPACE, DEFAULT_PROJECT, STORE
from declaration.site.settings import CHART_VERSION, NODE_PORT, REPLICAS
from infisical.rules import CHECK_FOLDER
from operations.adopt.objects import mapping
from operations.adopt.writing.yaml_writer import with_entries, with_value
from operations.errors import OperationError

INFISICAL: Final = f"{PROJECT}:infisical"
_STORE: Final = f"{PROJECT}:store"
_ARGOCD: Final = f"{PROJECT}:{ARGOCD}"
_DEFAULTS: Final[Mapping[tuple[str, ...], Any]] = {
    (INFISICAL, "chartVersion"): CHART_VERSION,
    (INFISICAL, "nodePort"): NODE_PORT,
    (INFISICAL, "replicas"): REPLICAS,
    (_ARGOCD, "namespace"): ARGOCD_NAMESPACE,
    (_ARGOCD, "project"): DEFAULT_PROJECT,
    (_STORE, "secretsPath"): "/",
    (_STORE, "name"): STORE,
}
"""What the declaration means without a value."""


@dataclass(frozen=True)
class Setting:
    """A value of the declaration, by its path in the stack file."""

    path: tuple[str, ...]
    value: Any


def settings_in_use(application: Mapping[str, Any], store: Mapping[str, Any], url: str) -> list[Setting]:
    """
    :param application: in the cluster, or in Terraform's state; empty without one
    :param store: the ClusterSecretStore; empty without one
    :param url: of Infisical; empty if it is unknown
    """
    return [
        *([Setting((INFISICAL, "url"), url)] if url else []),
        *_of_application(application),
        *_of_store(store),
    ]


def _of_application(application: Mapping[str, Any]) -> Iterator[Setting]:
    spec = mapping(application.get("spec"))
    source = mapping(spec.get("source"))
    values = mapping(mapping(source.get("helm")).get("valuesObject"))
    infisical = mapping(values.get("infisical"))
    found: dict[tuple[str, ...], Any] = {
        (INFISICAL, "chartVersion"): source.get("targetRevision"),
        (INFISICAL, "nodePort"): _integer(mapping(infisical.get("service")).get("nodePort")),
        (INFISICAL, "replicas"): infisical.get("replicaCount"),
        (_ARGOCD, "namespace"): mapping(application.get("metadata")).get("namespace"),
        (_ARGOCD, "project"): spec.get("project"),
    }
    for group, amounts in mapping(infisical.get("resources")).items():
        for name, amount in mapping(amounts).items():
            found[INFISICAL, "resources", str(group), str(name)] = str(amount)
    if mapping(values.get("postgresql")).get("enabled") is True:
        found[INFISICAL, "database", "kind"] = "bundled"
    for path, value in found.items():
        if value is not None:
            yield Setting(path, value)


def _of_store(store: Mapping[str, Any]) -> Iterator[Setting]:
    infisical = mapping(mapping(mapping(store.get("spec")).get("provider")).get("infisical"))
    scope = mapping(infisical.get("secretsScope"))
    # The program's own store reads a folder that is empty.
    path = str(scope.get("secretsPath") or "/").removesuffix(f"/{CHECK_FOLDER}") or "/"
    found = {
        "hostAPI": infisical.get("hostAPI"),
        "projectSlug": scope.get("projectSlug"),
        "environmentSlug": scope.get("environmentSlug"),
        "secretsPath": path if scope else None,
    }
    for name, value in found.items():
        if value is not None:
            yield Setting((_STORE, name), value)


def _integer(value: object) -> object:
    return int(value) if isinstance(value, str) and value.isdecimal() else value


def with_settings(text: str, config: Mapping[str, Any], settings: Sequence[Setting]) -> str:
    """
    The stack file with the settings in use. Comments stay.

    :param config: of the stack file
    :raises OperationError: the file has a form that cannot be changed
    """
    changed = [each for each in settings if _declared(config, each.path) != each.value]
    if INFISICAL not in config and any(each.path[0] == INFISICAL for each in changed):
        # The predecessor's Infisical was set up by hand, and its values stay as they are.
        changed.insert(0, Setting((INFISICAL, "mode"), "manual"))
    for each in changed:
        text = with_value(text, ("config", *each.path), each.value)
    expected = _merged(config, changed)
    if mapping(yaml.safe_load(text)).get("config", {}) != expected:
        what = "The stack file cannot be changed"
        raise OperationError(what, found="a form of YAML that is not supported", fix="write the settings by hand")
    return text


def _declared(config: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    value: Any = config
    for part in path:
        value = mapping(value).get(part)
    return _DEFAULTS.get(path) if value is None else value


def _merged(config: Mapping[str, Any], changed: Sequence[Setting]) -> dict[str, Any]:
    merged: dict[str, Any] = yaml.safe_load(yaml.safe_dump(dict(config)))
    for each in changed:
        place = merged
        for part in each.path[:-1]:
            place = place.setdefault(part, {})
        place[each.path[-1]] = each.value
    return merged


def with_adopt(text: str, path: tuple[str, ...]) -> str:
    """
    The file with `adopt: true` for one Secret.

    :param path: of the Secret's mapping
    """
    return with_entries(text, path, {"adopt": True})
