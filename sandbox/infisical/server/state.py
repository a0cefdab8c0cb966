"""What a running fake consists of; every request gets it."""

from __future__ import annotations

from dataclasses import dataclass, field

from sandbox.infisical.access.permission_cache import PermissionCache
from sandbox.infisical.access.tokens import Tokens
from sandbox.infisical.settings import Settings
from sandbox.infisical.storage.clock import Clock
from sandbox.infisical.storage.database import Database
from sandbox.infisical.storage.vault import Vault


@dataclass
class Plan:
    """What the server's licence allows; a server without a licence allows none of it."""

    ip_allowlisting: bool = False


@dataclass(frozen=True)
class ServerState:
    """One server with its data."""

    database: Database
    vault: Vault
    clock: Clock
    tokens: Tokens
    settings: Settings
    permissions: PermissionCache = field(default_factory=PermissionCache)
    plan: Plan = field(default_factory=Plan)
