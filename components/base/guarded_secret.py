"""The Secrets that the program itself writes."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

import infisical
from components.base.children import after
from components.base.kubernetes_object import KubernetesObject
from declaration.objects import FIELD_MANAGER, PART_OF_HOMELAB


def guarded_secret(
    name: str,
    *,
    namespace: str,
    values: Mapping[str, pulumi.Input[str]],
    remedy: str,
    cluster: infisical.Provider,
    known: Mapping[str, pulumi.Input[str]] | None = None,
    own_may_change: bool = False,
    labels: Mapping[str, str] | None = None,
    opts: pulumi.ResourceOptions,
) -> KubernetesObject:
    """
    A Secret that is not written if it exists with other values and the state does not know it.

    :param remedy: how to keep the values in use
    :param known: the same values, for those that a first preview knows only from the stack config
    :param own_may_change: whether a Secret of a lost state may get other values
    """
    guard = infisical.GuardedSecret(
        name,
        infisical.GuardedSecretArgs(
            namespace=namespace,
            name=name,
            values={**values, **(known or {})},
            remedy=remedy,
            manager=FIELD_MANAGER if own_may_change else None,
        ),
        pulumi.ResourceOptions(parent=opts.parent, provider=cluster),
    )
    return KubernetesObject(
        name,
        api_version="v1",
        kind="Secret",
        metadata={"name": name, "namespace": namespace, "labels": {**PART_OF_HOMELAB, **(labels or {})}},
        fields={"type": "Opaque", "stringData": dict(values)},
        opts=pulumi.ResourceOptions.merge(opts, after(guard)),
    )
