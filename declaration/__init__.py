"""
The declaration: the whole homelab as data. This package reads and checks it, and knows its names.

`parse` reads the stack config of `Pulumi.<stack>.yaml`. It returns a `Homelab`, or raises a `DeclarationError` with
every `Problem` at once. The package is pure: it imports no Pulumi, and of this project only the
pure parts of `infisical`: `rules`, `template` and `whole_folder`.
"""

from declaration.app_files import AppFiles, read_inventory
from declaration.config_keys import (
    APP_FILES,
    APPS,
    ARGOCD,
    BACKUP,
    PROJECT,
    REDIS_URL,
    RESTORE_SEEDS,
    ROTATE_EVERY_DAYS,
    ROTATIONS,
    SHARED,
    STRUCTURES,
    VALUES,
)
from declaration.homelab import Homelab, parse
from declaration.inventory import (
    App,
    AppSecret,
    FromConfig,
    Generate,
    Manual,
    SecretKey,
    Source,
    StoreKey,
    parse_apps,
    parse_shared,
)
from declaration.problems import DeclarationError, Problem
from declaration.site.access import AdminLogin, ClusterAccess, EarlierKeys, MachineIdentity, RepositoryAccess
from declaration.site.argocd import ArgoCd, parse_argocd
from declaration.site.backup import Backup, parse_backup
from declaration.site.certificates import CaProvider
from declaration.site.credentials import CREDENTIALS
from declaration.site.database import DatabaseCommands, ExternalDatabase, RedisSentinel, SeparateDatabase
from declaration.site.kubeconfig import is_text
from declaration.site.settings import (
    Infisical,
    Managed,
    OperatorLogin,
    Store,
    parse_infisical,
    parse_store,
)
from declaration.values.config_values import WrongValue, fix_for, set_command, unencrypted_values, wrong_value
from declaration.values.keys import Key, KeyId, Keys, key_id
from declaration.values.rotations import Rotations, rotate_command

__all__ = [
    "APPS",
    "APP_FILES",
    "ARGOCD",
    "BACKUP",
    "CREDENTIALS",
    "PROJECT",
    "REDIS_URL",
    "RESTORE_SEEDS",
    "ROTATE_EVERY_DAYS",
    "ROTATIONS",
    "SHARED",
    "STRUCTURES",
    "VALUES",
    "AdminLogin",
    "App",
    "AppFiles",
    "AppSecret",
    "ArgoCd",
    "Backup",
    "CaProvider",
    "ClusterAccess",
    "DatabaseCommands",
    "DeclarationError",
    "EarlierKeys",
    "ExternalDatabase",
    "FromConfig",
    "Generate",
    "Homelab",
    "Infisical",
    "Key",
    "KeyId",
    "Keys",
    "MachineIdentity",
    "Managed",
    "Manual",
    "OperatorLogin",
    "Problem",
    "RedisSentinel",
    "RepositoryAccess",
    "Rotations",
    "SecretKey",
    "SeparateDatabase",
    "Source",
    "Store",
    "StoreKey",
    "WrongValue",
    "fix_for",
    "is_text",
    "key_id",
    "parse",
    "parse_apps",
    "parse_argocd",
    "parse_backup",
    "parse_infisical",
    "parse_shared",
    "parse_store",
    "read_inventory",
    "rotate_command",
    "set_command",
    "unencrypted_values",
    "wrong_value",
]
