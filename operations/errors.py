"""What can go wrong in an operation; the command line shows the message."""

from __future__ import annotations


class OperationError(Exception):
    """A message for the user: what failed, where, what was found and expected, and the command that fixes it."""
