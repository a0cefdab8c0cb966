"""
What can go wrong in a rotation; `command.py` shows the message and ends with exit code 1.

OperationError
└── RotationError
    ├── Refused        the rotation did not start or continue; nothing changes until the message's fix is done
    ├── ClusterFailed  Kubernetes or a command of the owner failed, or something did not become ready in time
    └── Differs        Infisical does not hold what was exported

A step may also raise `ToolingError` (pulumi or kubectl failed) and `InfisicalError`. No message holds a value.
"""

from __future__ import annotations

from typing import Final

from infisical.api.errors import InfisicalError
from operations.errors import OperationError
from tooling.errors import ToolingError


class RotationError(OperationError):
    """A rotation that cannot start or continue."""


class Refused(RotationError):
    """The rotation does not start or continue."""


class ClusterFailed(RotationError):
    """Kubernetes, or a command on the database, failed."""


class Differs(RotationError):
    """A value is missing or different."""


FAILURES: Final = (RotationError, ToolingError, InfisicalError)
"""Every error that a step may raise."""
