"""
A self-hosted Infisical as code.

`import infisical` gives programs the resource classes. They load Pulumi, so they are imported when they are first
used: `infisical.rules` and `infisical.api` are imported without it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from infisical.sdk import (
        ChangedField,
        ChangedObject,
        ClientSecret,
        ClientSecretArgs,
        DatabaseInUse,
        DatabaseInUseArgs,
        DeclaredObject,
        Delivery,
        DeliveryArgs,
        Existing,
        ExistingObject,
        Folder,
        FolderArgs,
        GuardedSecret,
        GuardedSecretArgs,
        Identity,
        IdentityArgs,
        ImmutableKeys,
        ImmutableKeysArgs,
        Instance,
        InstanceArgs,
        OwnedNamespace,
        OwnedNamespaceArgs,
        Project,
        ProjectArgs,
        Provider,
        ProviderArgs,
        Restart,
        RestartArgs,
        RsaKeyPair,
        RsaKeyPairArgs,
        Secret,
        SecretArgs,
        existing,
    )

__all__ = [
    "ChangedField",
    "ChangedObject",
    "ClientSecret",
    "ClientSecretArgs",
    "DatabaseInUse",
    "DatabaseInUseArgs",
    "DeclaredObject",
    "Delivery",
    "DeliveryArgs",
    "Existing",
    "ExistingObject",
    "Folder",
    "FolderArgs",
    "GuardedSecret",
    "GuardedSecretArgs",
    "Identity",
    "IdentityArgs",
    "ImmutableKeys",
    "ImmutableKeysArgs",
    "Instance",
    "InstanceArgs",
    "OwnedNamespace",
    "OwnedNamespaceArgs",
    "Project",
    "ProjectArgs",
    "Provider",
    "ProviderArgs",
    "Restart",
    "RestartArgs",
    "RsaKeyPair",
    "RsaKeyPairArgs",
    "Secret",
    "SecretArgs",
    "existing",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(importlib.import_module("infisical.sdk"), name)
