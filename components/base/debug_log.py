"""The debug messages of Pulumi's SDK."""

from __future__ import annotations

import os
from typing import Any, Final

import pulumi

KEEP: Final = "HOMELAB_DEBUG"
"""The environment variable that keeps them."""

_sdk: Final = pulumi.log.debug


def leave_out_debug_messages() -> None:
    """
    Keep the SDK's debug messages from the engine, unless HOMELAB_DEBUG is set.

    The SDK sends four for each resource and waits for each answer, and the engine writes each to its log: a fifth of
    the time of the program and of the engine. Pulumi shows them with `--debug` only.
    """
    vars(pulumi.log)["debug"] = _sdk if os.environ.get(KEEP) else _left_out


def _left_out(*_: Any, **__: Any) -> None:
    pass
