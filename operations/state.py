"""Reads a stack's state whose secrets are decrypted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

_PLAINTEXT: Final = "plaintext"


def current_resources(state: Mapping[str, Any]) -> list[dict[str, Any]]:
    """
    The resources that are not about to be deleted, with plain values in place of secret objects.

    :param state: as `pulumi stack export --show-secrets` prints it
    """
    resources = [_decrypted(each) for each in (state.get("deployment") or {}).get("resources") or []]
    return [each for each in resources if not each.get("delete")]


def _decrypted(value: Any) -> Any:
    if isinstance(value, dict):
        if _PLAINTEXT in value and len(value) == 2:
            return json.loads(value[_PLAINTEXT])
        return {key: _decrypted(each) for key, each in value.items()}
    return [_decrypted(each) for each in value] if isinstance(value, list) else value
