"""What these tests share with those of the sandbox."""

from __future__ import annotations

from tests.sandbox.conftest import eventually, listener, program

__all__ = ["eventually", "listener", "program"]
