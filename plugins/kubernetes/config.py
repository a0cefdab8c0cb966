"""The provider's configuration: from the engine, else from the environment variables of the official provider."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from plugins.kubernetes import INSTALL
from plugins.protocol.errors import ProviderError
from tooling.kubernetes.errors import KubeconfigError
from tooling.kubernetes.kubeconfig import read_kubeconfig, select
from tooling.plugin.properties import Unknown, Value, reveal

SETUP_HELP = (
    "set KUBECONFIG, or `kubernetes:kubeconfig` and `kubernetes:context` in the stack config; "
    "see https://www.pulumi.com/registry/packages/kubernetes/installation-configuration/"
)

PREFIX = "kubernetes:config:"
CLUSTER_OPTIONS = ("kubeconfig", "context", "cluster")

UNSUPPORTED = (
    "alwaysRender",
    "clusterIdentifier",
    "enableConfigMapMutable",
    "kubeClientSettings",
    "renderYamlToDirectory",
    "skipUpdateUnreachable",
    "strictMode",
)
UNSUPPORTED_VARIABLES = {
    "PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE": "enableConfigMapMutable",
    "PULUMI_K8S_SKIP_UPDATE_UNREACHABLE": "skipUpdateUnreachable",
    "PULUMI_K8S_CLIENT_QPS": "kubeClientSettings",
    "PULUMI_K8S_CLIENT_BURST": "kubeClientSettings",
    "PULUMI_K8S_CLIENT_TIMEOUT": "kubeClientSettings",
}
NO_CLIENT_SIDE_APPLY = (
    "enableServerSideApply: false is not supported by this Python kubernetes provider; expected true or missing. "
    f"Fix: remove the option, or {INSTALL}"
)


@dataclass(frozen=True)
class Config:
    """What a program can set on the provider."""

    kubeconfig: str = field(default="", repr=False)
    context: str = ""
    cluster: str = ""
    namespace: str = ""
    mutable_secrets: bool = False
    patch_force: bool = False
    upsert: bool = False
    delete_unreachable: bool = False


def read_config(variables: Mapping[str, str]) -> Config:
    """
    Read what Configure gets.

    :param variables: `kubernetes:config:<option>` to its value as a string
    :raises ProviderError: an option is not supported
    """
    given = {key.removeprefix(PREFIX): value for key, value in variables.items()}
    for option in UNSUPPORTED:
        if _is_set(given.get(option)):
            raise ProviderError(_unsupported(option))
    for variable, option in UNSUPPORTED_VARIABLES.items():
        if _is_set(os.environ.get(variable)):
            raise ProviderError(_unsupported(f"{option} (set by {variable} in the environment)"))
    if not _boolean(given, "enableServerSideApply", default=True):
        raise ProviderError(NO_CLIENT_SIDE_APPLY)
    return Config(
        kubeconfig=given.get("kubeconfig", ""),
        context=given.get("context", ""),
        cluster=given.get("cluster", ""),
        namespace=given.get("namespace", ""),
        mutable_secrets=_boolean(given, "enableSecretMutable"),
        patch_force=_boolean(given, "enablePatchForce"),
        upsert=_boolean(given, "upsertExistingObjects"),
        delete_unreachable=_boolean(given, "deleteUnreachable"),
    )


def config_failures(news: Mapping[str, Value]) -> list[tuple[str, str]]:
    """The errors in a provider's inputs: (property, reason) for each."""
    failures = [(option, _unsupported(option)) for option in UNSUPPORTED if _is_set(reveal(news.get(option)))]
    if reveal(news.get("enableServerSideApply")) in ("false", False):
        failures.append(("enableServerSideApply", NO_CLIENT_SIDE_APPLY))
    return failures


def _is_set(value: Any) -> bool:
    return value not in (None, "", "false", False)


def _unsupported(option: str) -> str:
    return f"{option} is not supported by this Python kubernetes provider. Fix: remove the option, or {INSTALL}"


def _boolean(given: Mapping[str, str], option: str, *, default: bool = False) -> bool:
    """The option, else its environment variable: PULUMI_K8S_ENABLE_SECRET_MUTABLE for enableSecretMutable."""
    snake = "".join(f"_{letter}" if letter.isupper() else letter.upper() for letter in option)
    value = given.get(option, os.environ.get(f"PULUMI_K8S_{snake}"))
    return default if value is None else value == "true"


@dataclass(frozen=True)
class ConfigDifference:
    diffs: list[str]
    replaces: list[str]


def config_difference(olds: Mapping[str, Value], news: Mapping[str, Value]) -> ConfigDifference | None:
    """
    Compare two configurations; None if they are equal.

    A different active cluster, or one that is unknown yet, replaces all resources, because it has other objects.
    """
    old: Mapping[str, Any] = reveal(olds)
    new: Mapping[str, Any] = reveal(news)
    changed = sorted(key for key in {*old, *new} if old.get(key) != new.get(key))
    if not changed:
        return None
    for option in CLUSTER_OPTIONS:
        if isinstance(new.get(option), Unknown):
            return ConfigDifference([option], [option])
    before, after = _active(old), _active(new)
    replaces = before is not None and after is not None and before != after
    return ConfigDifference(changed, [option for option in CLUSTER_OPTIONS if replaces and option in changed])


def _active(config: Mapping[str, Any]) -> Mapping[str, Any] | None:
    given = config.get("kubeconfig")
    if not given:
        return None
    try:
        kubeconfig = read_kubeconfig(given if isinstance(given, str) else json.dumps(given))
    except KubeconfigError as error:
        message = f"{error}. Fix: {SETUP_HELP}"
        raise ProviderError(message) from None
    try:
        return select(kubeconfig, config.get("context") or "", config.get("cluster") or "").cluster
    except KubeconfigError:
        return None
