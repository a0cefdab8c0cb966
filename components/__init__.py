"""The homelab's components, which `__main__.py` puts together."""

from components.app_secrets import AppSecrets
from components.argocd import ArgoCdSecrets
from components.children import after
from components.config import load_config
from components.deliveries import Deliveries
from components.existing import ExistingObjects
from components.installation import install_infisical
from components.managed_infisical import ManagedInfisical
from components.namespaces import Namespaces
from components.next_steps import next_steps
from components.rotation_dates import in_words, rotation_dates
from components.secret_store import InfisicalStore
from components.tailscale import TailscaleServe

__all__ = [
    "AppSecrets",
    "ArgoCdSecrets",
    "Deliveries",
    "ExistingObjects",
    "InfisicalStore",
    "ManagedInfisical",
    "Namespaces",
    "TailscaleServe",
    "after",
    "in_words",
    "install_infisical",
    "load_config",
    "next_steps",
    "rotation_dates",
]
