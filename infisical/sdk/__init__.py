"""The resource classes for programs; `infisical` itself re-exports them."""

from infisical.sdk.client_secret import ClientSecret, ClientSecretArgs
from infisical.sdk.delivery import Delivery, DeliveryArgs
from infisical.sdk.folder import Folder, FolderArgs
from infisical.sdk.identity import Identity, IdentityArgs
from infisical.sdk.immutable_keys import ImmutableKeys, ImmutableKeysArgs
from infisical.sdk.instance import Instance, InstanceArgs
from infisical.sdk.project import Project, ProjectArgs
from infisical.sdk.provider import Provider, ProviderArgs
from infisical.sdk.restart import Restart, RestartArgs
from infisical.sdk.secret import Secret, SecretArgs

__all__ = [
    "ClientSecret",
    "ClientSecretArgs",
    "Delivery",
    "DeliveryArgs",
    "Folder",
    "FolderArgs",
    "Identity",
    "IdentityArgs",
    "ImmutableKeys",
    "ImmutableKeysArgs",
    "Instance",
    "InstanceArgs",
    "Project",
    "ProjectArgs",
    "Provider",
    "ProviderArgs",
    "Restart",
    "RestartArgs",
    "Secret",
    "SecretArgs",
]
