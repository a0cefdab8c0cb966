"""The keys of the stack config that hold the declaration, and how Pulumi's commands address a value in one of them."""

from __future__ import annotations

from typing import Final

PROJECT: Final = "homelab"
STRUCTURES: Final = ("infisical", "store", "apps")
"""The required keys. Each holds a mapping."""
VALUES: Final = "values"
ROTATIONS: Final = "rotations"
RESTORE_SEEDS: Final = "restoreSeeds"
ROTATE_EVERY_DAYS: Final = "rotateEveryDays"
REDIS_URL: Final = "infisicalRedisUrl"


def config_path(structure: str, name: str) -> str:
    """For `--path`: in Pulumi's paths a dot separates two keys, unless it is quoted."""
    return f'{structure}["{name}"]' if "." in name else f"{structure}.{name}"
