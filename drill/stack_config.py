"""The backup's stack config for a recovery on this machine, without commands and addresses of the owner."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from operations.errors import OperationError
from sandbox.stack.differences import INFISICAL, on_this_machine

_NOTHING: Final = "true"
"""A shell command."""


def check_can_recover(stack_file: str, config: Mapping[str, Any]) -> None:
    """
    :param stack_file: the name of the file, for messages
    :raises OperationError: a drill cannot do what this homelab's recovery needs
    """
    infisical = config.get(INFISICAL)
    if isinstance(infisical, Mapping) and infisical.get("mode") == "manual":
        what = f"{stack_file} in the backup cannot be drilled: homelab:infisical.mode is manual"
        expected, fix = "mode managed: with manual, you set Infisical up by hand", "use `backup verify` instead"
        raise OperationError(what, expected=expected, fix=fix)


def on_drill(config: Mapping[str, Any], infisical_url: str) -> dict[str, Any]:
    """
    :param config: `config:` of the stack file, with every app in `homelab:apps`
    :param infisical_url: of the fake Infisical
    """
    changed = on_this_machine(dict(config), infisical_url, manual_keys=True)
    infisical = changed.get(INFISICAL)
    database = infisical.get("database", {"kind": "bundled"}) if isinstance(infisical, dict) else None
    if isinstance(infisical, dict) and isinstance(database, dict):
        # The sandbox's PostgreSQL has passwords of its own.
        unchanged = {} if database.get("kind") == "external" else {"changePassword": _NOTHING}
        infisical["database"] = database | unchanged
    return changed
