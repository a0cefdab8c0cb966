"""
The inventory, `homelab:apps` and `homelab:shared`: which Secrets each app has, and where each key's value comes from.

An `App` has one or more `AppSecret`s. Each of them becomes one ExternalSecret and one Secret, and has `SecretKey`s.
A `SecretKey` is one remote key that the Secret reads. Two of them with one folder and one name are the same key in
Infisical, even if different apps read them. `apps` reads all of it, `clashes` compares the apps, and each other module
reads a part.
"""

from declaration.inventory.app_secrets import AppSecret, CreationPolicy
from declaration.inventory.apps import App, parse_apps
from declaration.inventory.origins import Generator, Origin, OtherStore, StoreKey
from declaration.inventory.secret_keys import Decoding, SecretKey, parse_shared
from declaration.inventory.sources import SIZES, FromConfig, Generate, GeneratedKind, Manual, Source

__all__ = [
    "SIZES",
    "App",
    "AppSecret",
    "CreationPolicy",
    "Decoding",
    "FromConfig",
    "Generate",
    "GeneratedKind",
    "Generator",
    "Manual",
    "Origin",
    "OtherStore",
    "SecretKey",
    "Source",
    "StoreKey",
    "parse_apps",
    "parse_shared",
]
