"""The keys of the stack config that hold the declaration, and how Pulumi's commands address a value in one of them."""

from __future__ import annotations

from typing import Final

PROJECT: Final = "homelab"
APPS: Final = "apps"
STRUCTURES: Final = ("infisical", "store", APPS)
"""The keys that hold mappings. `apps` may be missing if `appFiles` names a folder, and may name one itself."""
APP_FILES: Final = "appFiles"
"""The folder with one file for each app."""
ARGOCD: Final = "argocd"
"""Optional; holds a mapping."""
BACKUP: Final = "backup"
"""Optional; holds a mapping."""
SHARED: Final = "shared"
"""Optional: the keys that several apps read, declared once."""
VALUES: Final = "values"
ROTATIONS: Final = "rotations"
RESTORE_SEEDS: Final = "restoreSeeds"
ROTATE_EVERY_DAYS: Final = "rotateEveryDays"
REDIS_URL: Final = "infisicalRedisUrl"
DERIVED_FROM: Final = "HOMELAB_DERIVED_FROM"
"""The environment variable with the stack file that the user edits, if the stack's own file is derived from it."""


def config_path(structure: str, name: str) -> str:
    """For `--path`: in Pulumi's paths a dot separates two keys, unless it is quoted."""
    return f'{structure}["{name}"]' if "." in name else f"{structure}.{name}"
