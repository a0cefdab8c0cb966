"""
Secrets that somebody made by hand: proposed as apps that take them over.

Only the names of their keys are kept. `pulumi up` copies the values to Infisical.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from declaration.inventory.secret_rules import DEMANDED
from declaration.objects import PART_OF_HOMELAB, RESERVED_NAMESPACES
from declaration.site.settings import Store
from infisical import rules
from operations.adopt.content.meaning import Meaning
from operations.adopt.content.values import Remote
from operations.adopt.objects import Found, mapping
from tooling.kubernetes.kubectl import Kubectl

SECRET: Final = "Secret"

_NAMESPACES: Final = RESERVED_NAMESPACES - {"default"}
_TYPES: Final = ("Opaque", *DEMANDED)
_OF_A_TOOL: Final = (
    *("helm.sh/", "meta.helm.sh/", "argocd.argoproj.io/", "kustomize.toolkit.fluxcd.io/", "helm.toolkit.fluxcd.io/"),
    *(
        "cert-manager.io/",
        "controller.cert-manager.io/",
        "sealedsecrets.bitnami.com/",
        "reconcile.external-secrets.io/",
    ),
    *("reflector.v1.k8s.emberstack.com/reflects", "app.kubernetes.io/managed-by", "operator."),
)
"""The starts of labels and annotations of Secrets that a tool makes."""


def secrets_by_hand(kubectl: Kubectl, namespaces: Sequence[str]) -> list[Found]:
    """
    The Secrets that no tool makes, without their values.

    :param namespaces: only these; all if empty
    """
    found: list[Found] = []
    for content in kubectl.list("secrets"):
        namespace = str(content["metadata"].get("namespace") or "")
        is_asked = namespace in namespaces if namespaces else namespace not in _NAMESPACES
        if is_asked and _is_by_hand(content):
            keys = dict.fromkeys(mapping(content.get("data")))
            found.append(Found({**content, "kind": SECRET, "data": keys}, namespace))
    return found


def _is_by_hand(content: Mapping[str, Any]) -> bool:
    metadata = mapping(content.get("metadata"))
    marks = {**mapping(metadata.get("labels")), **mapping(metadata.get("annotations"))}
    return bool(
        content.get("data")
        and content.get("type") in _TYPES
        and not metadata.get("ownerReferences")
        and not any(str(name).startswith(_OF_A_TOOL) for name in marks)
        and not PART_OF_HOMELAB.items() <= marks.items()
    )


def meanings(secrets: Sequence[Found], store: Store, taken: Collection[str]) -> Iterator[tuple[Found, Meaning]]:
    """
    What an ExternalSecret for each Secret would mean. Its keys get names in Infisical that no other key has.

    :param taken: the names that other Secrets read
    """
    names = set(taken)
    for found in sorted(secrets, key=lambda each: each.place):
        values: dict[str, Remote] = {}
        for key in mapping(found.content.get("data")):
            name = _free_name(found, str(key), names)
            names.add(name)
            values[str(key)] = Remote(store.secrets_path, name)
        yield (
            found,
            Meaning(
                namespace=found.namespace,
                name=found.name,
                secret=found.name,
                refresh_interval="1h0m0s",
                creation_policy="Owner",
                deletion_policy="Retain",
                immutable=found.content.get("immutable") is True,
                type=str(found.content.get("type") or "Opaque"),
                labels={},
                annotations={},
                fields=values,
                values=values,
            ),
        )


def _free_name(found: Found, key: str, taken: Collection[str]) -> str:
    own, app = _upper(key), _upper(re.sub(r"-(secrets?|credentials)$", "", found.name))
    whole = own if own.startswith(f"{app}_") else f"{app}_{own}"
    for name in (whole, f"{_upper(found.namespace)}_{whole}"):
        if name not in taken and not rules.secret_name(name):
            return name
    number = 2
    while f"{whole[:90]}_{number}" in taken:
        number += 1
    return f"{whole[:90]}_{number}"


def _upper(text: str) -> str:
    name = re.sub(r"[^A-Z0-9]+", "_", text.upper()).strip("_") or "KEY"
    return name if name[0].isalpha() else f"KEY_{name}"
