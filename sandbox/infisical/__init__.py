"""
The sandbox's fake Infisical: a server with the same API, status codes and error shapes, with state.

It is not Infisical: it runs where the real server cannot. Every answer's `Server` header, its log and its process's
arguments say so. COVERAGE.md lists what it imitates and what it does not.
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
    # Imported lazily: the server's process needs none of these, and starts in half the time.
    if name not in _MODULES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
