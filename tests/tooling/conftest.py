"""What these tests share with those of the sandbox."""

from __future__ import annotations

from tests.sandbox.conftest import listener, program

__all__ = ["listener", "program"]
