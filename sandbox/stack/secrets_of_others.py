"""Secrets that somebody else creates on the homelab's cluster. On this machine, there is Argo CD's only."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any

from declaration import AppSecret
from declaration.objects import ARGOCD_SECRET

Config = dict[str, Any]


def with_secrets_of_others(apps: Config, secrets: Iterable[AppSecret], argocd_namespace: str) -> Config:
    """
    The inventory with the policy Orphan in place of Merge and CreateOrMerge, except for Argo CD's own Secret.

    :param apps: `homelab:apps` of the stack file
    :param secrets: the Secrets that it declares
    """
    changed = copy.deepcopy(apps)
    for secret in secrets:
        if secret.merges and (secret.namespace, secret.name) != (argocd_namespace, ARGOCD_SECRET):
            app = changed[secret.app]
            fields = app if secret.is_short else app["secrets"][secret.name]
            fields["creationPolicy"] = "Orphan"
    return changed
