"""The settings of the declaration that are in use: read from the Application and the store, and written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from declaration import ARGOCD, PROJECT
from declaration.objects import ARGOCD_NAMESPACE, DEFAULT_PROJECT, STORE
from declaration.site.settings import CHART_VERSION, NODE_PORT, REPLICAS
from infisical.rules import CHECK_FOLDER
from operations.adopt.objects import mapping
from operations.adopt.writing.settings import Setting, value_at, with_changed
from operations.adopt.writing.yaml_writer import with_entries

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
    return with_changed(text, config, changed)


def _declared(config: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    value = value_at(config, path)
    return _DEFAULTS.get(path) if value is None else value


def with_adopt(text: str, path: tuple[str, ...]) -> str:
    """
    The file with `adopt: true` for one Secret.

    :param path: of the Secret's mapping
    """
    return with_entries(text, path, {"adopt": True})
