"""The resource classes for programs; `infisical` itself re-exports them."""

from infisical.sdk.base.provider import Provider, ProviderArgs
from infisical.sdk.cluster.database_in_use import DatabaseInUse, DatabaseInUseArgs
from infisical.sdk.cluster.delivery import Delivery, DeliveryArgs
from infisical.sdk.cluster.existing import (
    ChangedField,
    ChangedObject,
    DeclaredObject,
    Existing,
    ExistingObject,
    existing,
)
from infisical.sdk.cluster.guarded_secret import GuardedSecret, GuardedSecretArgs
from infisical.sdk.cluster.owned_namespace import OwnedNamespace, OwnedNamespaceArgs
from infisical.sdk.cluster.restart import Restart, RestartArgs
from infisical.sdk.server.client_secret import ClientSecret, ClientSecretArgs
from infisical.sdk.server.folder import Folder, FolderArgs
from infisical.sdk.server.identity import Identity, IdentityArgs
from infisical.sdk.server.immutable_keys import ImmutableKeys, ImmutableKeysArgs
from infisical.sdk.server.instance import Instance, InstanceArgs
from infisical.sdk.server.project import Project, ProjectArgs
from infisical.sdk.server.rsa_key_pair import RsaKeyPair, RsaKeyPairArgs
from infisical.sdk.server.secret import Secret, SecretArgs

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
