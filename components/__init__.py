"""The homelab's components: what `__main__.py` puts together."""

from components.app_secrets import AppSecrets, AppSecretsArgs
from components.application import InfisicalApplication, InfisicalApplicationArgs
from components.argocd import ArgoCdSecrets, ArgoCdSecretsArgs
from components.bootstrap import BootstrapSecrets, BootstrapSecretsArgs
from components.config import load_config
from components.generated_keys import GeneratedKeys
from components.namespaces import Namespaces, NamespacesArgs
from components.next_steps import next_steps
from components.secret_store import InfisicalStore, InfisicalStoreArgs

__all__ = [
    "AppSecrets",
    "AppSecretsArgs",
    "ArgoCdSecrets",
    "ArgoCdSecretsArgs",
    "BootstrapSecrets",
    "BootstrapSecretsArgs",
    "GeneratedKeys",
    "InfisicalApplication",
    "InfisicalApplicationArgs",
    "InfisicalStore",
    "InfisicalStoreArgs",
    "Namespaces",
    "NamespacesArgs",
    "load_config",
    "next_steps",
]
