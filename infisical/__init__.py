"""A self-hosted Infisical as code: the resource classes of its Pulumi provider."""

from infisical.program.client_secret import ClientSecret, ClientSecretArgs
from infisical.program.delivery import Delivery, DeliveryArgs
from infisical.program.folder import Folder, FolderArgs
from infisical.program.identity import Identity, IdentityArgs
from infisical.program.instance import Instance, InstanceArgs
from infisical.program.project import Project, ProjectArgs
from infisical.program.provider import Provider, ProviderArgs
from infisical.program.restart import Restart, RestartArgs
from infisical.program.secret import Secret, SecretArgs

__all__ = [
    "ClientSecret",
    "ClientSecretArgs",
    "Delivery",
    "DeliveryArgs",
    "Folder",
    "FolderArgs",
    "Identity",
    "IdentityArgs",
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
