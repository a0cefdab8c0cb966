"""
The sandbox's stand-in for Infisical: a server with the same API, status codes and error shapes, with state.

It is not Infisical. It exists where the real one cannot run, and says what it is in every answer's `Server` header,
in its log and in its process's arguments. COVERAGE.md says what it imitates, and what it does not.
"""

from sandbox.infisical.process import InfisicalServer
from sandbox.infisical.settings import Settings
from sandbox.infisical.standin import Standin

__all__ = ["InfisicalServer", "Settings", "Standin"]
