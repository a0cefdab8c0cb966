"""The homelab's components, which `__main__.py` puts together."""

from components.app_secrets import AppSecrets
from components.application import InfisicalApplication
from components.argocd import ArgoCdSecrets
from components.argocd_project import ArgoCdProject
from components.bootstrap import BootstrapSecrets
from components.children import after
from components.config import load_config
from components.deliveries import Deliveries
from components.existing import ExistingObjects
from components.generated_keys import GeneratedKeys
from components.managed_infisical import ManagedInfisical
from components.namespaces import Namespaces
from components.next_steps import next_steps
from components.rotation_dates import in_words, rotation_dates
from components.secret_store import InfisicalStore
from components.separate_database import SeparateDatabases
from components.tailscale import TailscaleServe

__all__ = [
    "AppSecrets",
    "ArgoCdProject",
    "ArgoCdSecrets",
    "BootstrapSecrets",
    "Deliveries",
    "ExistingObjects",
    "GeneratedKeys",
    "InfisicalApplication",
    "InfisicalStore",
    "ManagedInfisical",
    "Namespaces",
    "SeparateDatabases",
    "TailscaleServe",
    "after",
    "in_words",
    "load_config",
    "next_steps",
    "rotation_dates",
]
