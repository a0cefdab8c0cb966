"""
The sandbox's fake Infisical: a server with the same API, status codes and error shapes, with state.

It is not Infisical. It exists where the real one cannot run, and says what it is in every answer's `Server` header,
in its log and in its process's arguments. COVERAGE.md says what it imitates, and what it does not.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.infisical.fake import FakeInfisical
    from sandbox.infisical.process import InfisicalServer
    from sandbox.infisical.settings import Settings

__all__ = ["FakeInfisical", "InfisicalServer", "Settings"]

_MODULES = {"InfisicalServer": "process", "Settings": "settings", "FakeInfisical": "fake"}


def __getattr__(name: str) -> object:
    # Late: the server's own process needs none of these, and starts in half the time.
    if name not in _MODULES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
