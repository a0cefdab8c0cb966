"""The resource classes for programs; `infisical` itself re-exports them."""

from infisical.sdk.client_secret import ClientSecret, ClientSecretArgs
from infisical.sdk.database_in_use import DatabaseInUse, DatabaseInUseArgs
from infisical.sdk.delivery import Delivery, DeliveryArgs
from infisical.sdk.existing import ChangedField, ChangedObject, DeclaredObject, Existing, ExistingObject, existing
from infisical.sdk.folder import Folder, FolderArgs
from infisical.sdk.guarded_secret import GuardedSecret, GuardedSecretArgs
from infisical.sdk.identity import Identity, IdentityArgs
from infisical.sdk.immutable_keys import ImmutableKeys, ImmutableKeysArgs
from infisical.sdk.instance import Instance, InstanceArgs
from infisical.sdk.owned_namespace import OwnedNamespace, OwnedNamespaceArgs
from infisical.sdk.project import Project, ProjectArgs
from infisical.sdk.provider import Provider, ProviderArgs
from infisical.sdk.restart import Restart, RestartArgs
from infisical.sdk.secret import Secret, SecretArgs

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
    "Secret",
    "SecretArgs",
    "existing",
]
