"""The homelab's components: what `__main__.py` puts together."""

from components.app_secrets import AppSecrets, AppSecretsArgs
from components.application import InfisicalApplication, InfisicalApplicationArgs
from components.argocd import ArgoCdSecrets, ArgoCdSecretsArgs
from components.bootstrap import BootstrapSecrets, BootstrapSecretsArgs
from components.children import after
from components.config import load_config
from components.deliveries import Deliveries, DeliveriesArgs
from components.generated_keys import GeneratedKeys, GeneratedKeysArgs
from components.managed_infisical import ManagedInfisical, ManagedInfisicalArgs
from components.namespaces import Namespaces, NamespacesArgs
from components.next_steps import next_steps
from components.rotation_dates import rotation_dates, told
from components.secret_store import InfisicalStore, InfisicalStoreArgs
from components.tailscale import TailscaleServe, TailscaleServeArgs

__all__ = [
    "AppSecrets",
    "AppSecretsArgs",
    "ArgoCdSecrets",
    "ArgoCdSecretsArgs",
    "BootstrapSecrets",
    "BootstrapSecretsArgs",
    "Deliveries",
    "DeliveriesArgs",
    "GeneratedKeys",
    "GeneratedKeysArgs",
    "InfisicalApplication",
    "InfisicalApplicationArgs",
    "InfisicalStore",
    "InfisicalStoreArgs",
    "ManagedInfisical",
    "ManagedInfisicalArgs",
    "Namespaces",
    "NamespacesArgs",
    "TailscaleServe",
    "TailscaleServeArgs",
    "after",
    "load_config",
    "next_steps",
    "rotation_dates",
    "told",
]
