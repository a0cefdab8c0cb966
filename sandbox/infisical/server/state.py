"""The state of a running fake, which every request receives."""

from __future__ import annotations

from dataclasses import dataclass, field

from sandbox.infisical.access.permission_cache import PermissionCache
from sandbox.infisical.access.tokens import Tokens
from sandbox.infisical.settings import Settings
from sandbox.infisical.storage.clock import Clock
from sandbox.infisical.storage.database import Database
from sandbox.infisical.storage.vault import Vault


@dataclass(frozen=True)
class ServerState:
    """One server with its data."""

    database: Database
    vault: Vault
    clock: Clock
    tokens: Tokens
    settings: Settings
    permissions: PermissionCache = field(default_factory=PermissionCache)
