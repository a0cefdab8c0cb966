"""The homelab's components, which `__main__.py` puts together."""

from components.argocd import ArgoCdSecrets
from components.backup import DatabaseBackup
from components.base.children import after
from components.config import load_config
from components.delivery.app_secrets import AppSecrets
from components.delivery.deliveries import Deliveries
from components.delivery.secret_store import InfisicalStore
from components.existing import ExistingObjects
from components.installation.install import install_infisical
from components.managed.managed_infisical import ManagedInfisical
from components.namespaces import Namespaces
from components.next_steps import next_steps
from components.rotation_dates import in_words, rotation_dates
from components.tailscale import TailscaleServe

__all__ = [
    "AppSecrets",
    "ArgoCdSecrets",
    "DatabaseBackup",
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
