"""What another configuration of the provider means for its resources: another cluster means other objects."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from plugins.kubernetes.kubeconfig import KubeconfigError, active_cluster, read_kubeconfig
from plugins.protocol.errors import ProviderError
from plugins.protocol.properties import Unknown, Value, reveal

CLUSTER_OPTIONS = ("kubeconfig", "context", "cluster")
IDENTIFIER = "clusterIdentifier"


@dataclass(frozen=True)
class ConfigDifference:
    diffs: list[str]
    replaces: list[str]


def config_difference(olds: Mapping[str, Value], news: Mapping[str, Value]) -> ConfigDifference | None:
    """
    Compare two configurations; None where they are the same.

    A cluster identifier, where both have one, decides alone whether it is the same cluster. Without,
    it is another one where the kubeconfig's active cluster differs, or cannot be known yet.
    """
    old: Mapping[str, Any] = reveal(olds)
    new: Mapping[str, Any] = reveal(news)
    changed = sorted(key for key in {*old, *new} if old.get(key) != new.get(key))
    if not changed:
        return None

    difference = _difference(old, new, changed)
    same_identifier = bool(new.get(IDENTIFIER)) and old.get(IDENTIFIER) == new.get(IDENTIFIER)
    return ConfigDifference(difference.diffs, [] if same_identifier else difference.replaces)


def _difference(old: Mapping[str, Any], new: Mapping[str, Any], changed: list[str]) -> ConfigDifference:
    replaces = [IDENTIFIER] if IDENTIFIER in changed and old.get(IDENTIFIER) and new.get(IDENTIFIER) else []
    for option in CLUSTER_OPTIONS:
        if isinstance(new.get(option), Unknown):
            return ConfigDifference([option], [*replaces, option])
    if "renderYamlToDirectory" in changed:
        replaces.append("renderYamlToDirectory")
    before, after = _active(old), _active(new)
    if before is not None and after is not None and before != after:
        replaces += [option for option in CLUSTER_OPTIONS if option in changed]
    return ConfigDifference(changed, replaces)


def _active(config: Mapping[str, Any]) -> Mapping[str, Any] | None:
    given = config.get("kubeconfig")
    if not given:
        return None
    try:
        kubeconfig = read_kubeconfig(given if isinstance(given, str) else json.dumps(given))
    except KubeconfigError as error:
        message = f"failed to parse kubeconfig: {error.message}"
        raise ProviderError(message) from None
    return active_cluster(kubeconfig, config.get("context") or "", config.get("cluster") or "")
