"""What the declaration needs of the External Secrets Operator, and not every release from v0.20 on has."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from declaration.config_keys import PROJECT
from declaration.inventory import AppSecret
from declaration.inventory.origins import Generator
from declaration.problems import Problem
from declaration.site.settings import Store

LATER_FIELDS: Final = {
    "caBundle": ("ClusterSecretStore.spec.provider.infisical.caBundle", "v1.2.1"),
    "caProvider": ("ClusterSecretStore.spec.provider.infisical.caProvider", "v1.2.1"),
}
"""By field of `homelab:store`: the operator's field, and its first release with it."""

CREATE_OR_MERGE: Final = ("ExternalSecret.spec.target.creationPolicy=CreateOrMerge", "v2.8.0")

_GENERATOR_KIND: Final = "ExternalSecret.spec.dataFrom[].sourceRef.generatorRef.kind"
_NEWEST: Final = "v2.9.0"


def operator_fields(store: Store, secrets: Collection[AppSecret]) -> list[str]:
    """The operator's fields and values that the declaration needs, and that not every release has."""
    used = {"caBundle": store.ca_bundle, "caProvider": store.ca_provider}
    fields = [LATER_FIELDS[name][0] for name, value in used.items() if value]
    policies = [CREATE_OR_MERGE[0]] if any(map(_creates_or_merges, secrets)) else []
    kinds = dict.fromkeys(generator_field(each.generator) for each in secrets if each.generator)
    return [*fields, *policies, *kinds]


def generator_field(generator: Generator) -> str:
    """The operator's field with the kind of the generator."""
    return f"{_GENERATOR_KIND}={generator.origin.kind}"


def lacking(fields: Collection[str], secrets: Collection[AppSecret]) -> Iterator[Problem]:
    """
    :param fields: those that the installed release lacks
    """
    for name, (field, release) in LATER_FIELDS.items():
        if field in fields:
            yield Problem(
                f"{PROJECT}:store.{name}",
                f"a value, although the External Secrets Operator in the cluster has no field {field}",
                f"the release {release} or a later one",
                f"upgrade the operator; or remove `{name}`, and let the operator's pod trust the CA: "
                "docs/how-to/infisical-elsewhere.md#an-operator-before-v121",
            )
    for secret in filter(_creates_or_merges, secrets) if CREATE_OR_MERGE[0] in fields else ():
        yield Problem(
            f"{PROJECT}:apps.{secret.path or secret.app}.creationPolicy",
            "CreateOrMerge, which the External Secrets Operator in the cluster does not know",
            f"the release {CREATE_OR_MERGE[1]} or a later one",
            "upgrade the operator; or write `creationPolicy: Merge` if somebody else creates the Secret, and "
            "`creationPolicy: Orphan` if nobody does",
        )
    for secret in secrets:
        if secret.generator and generator_field(secret.generator) in fields:
            yield Problem(
                f"{PROJECT}:apps.{secret.path or secret.app}.generator.kind",
                f"{secret.generator.origin.kind}, which the External Secrets Operator in the cluster does not know",
                f"a release that has it, such as {_NEWEST}",
                "upgrade the operator, or use another generator",
            )


def _creates_or_merges(secret: AppSecret) -> bool:
    return secret.creation_policy == "CreateOrMerge"
