"""What a running stand-in consists of; every request gets it."""

from __future__ import annotations

from dataclasses import dataclass, field

from sandbox.infisical.clock import Clock
from sandbox.infisical.database import Database
from sandbox.infisical.permission_cache import PermissionCache
from sandbox.infisical.settings import Settings
from sandbox.infisical.tokens import Tokens
from sandbox.infisical.vault import Vault


@dataclass(frozen=True)
class Instance:
    """One server with its data."""

    database: Database
    vault: Vault
    clock: Clock
    tokens: Tokens
    settings: Settings
    permissions: PermissionCache = field(default_factory=PermissionCache)
