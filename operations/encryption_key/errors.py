"""
What can go wrong in a rotation; `command.py` shows the message and returns exit code 1.

OperationError
├── Refused      the rotation does not start or continue until the user has done what the message says
├── StepFailed   Kubernetes, the stack or a database command did not do what a step needs
└── Differs      Infisical, the state or the Secret does not hold what it should

A step may also raise `ToolingError` (pulumi or kubectl failed) and `InfisicalError`. No message contains a value.
"""

from __future__ import annotations

from typing import Final

from infisical.api.errors import InfisicalError
from operations.errors import OperationError
from tooling.errors import ToolingError


class Refused(OperationError):
    """The rotation does not start or continue."""


class StepFailed(OperationError):
    """A step could not do its work."""


class Differs(OperationError):
    """A value or the key is missing or different."""


FAILURES: Final = (OperationError, ToolingError, InfisicalError)
"""Every error that a rotation reports."""
