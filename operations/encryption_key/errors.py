"""
What can go wrong in a rotation; `command.py` shows the message and ends with exit code 1.

RotationError
├── Refused        nothing was changed, and nothing will be until the message's condition is met
├── PulumiFailed   a command of pulumi ended with an error
├── ClusterFailed  a command of kubectl or of the owner ended with an error, or what it waits for does not come
└── Differs        what is in Infisical is not what was exported

No message holds a value.
"""

from __future__ import annotations

from operations.errors import OperationError


class RotationError(OperationError):
    """A rotation that cannot be begun or gone on with."""


class Refused(RotationError):
    """The rotation is not begun, or not gone on with, as it was asked for."""


class PulumiFailed(RotationError):
    """A command of pulumi ended with an error."""


class ClusterFailed(RotationError):
    """Kubernetes, or a command on the database, did not do what it was asked."""


class Differs(RotationError):
    """A value is missing or is another one."""
