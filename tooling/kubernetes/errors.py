"""
What can go wrong while speaking to Kubernetes: errors for the user, like those of Infisical's client.

InfisicalError
├── ClusterUnreachable  no kubeconfig that leads anywhere, or no answer
└── ClusterRefused      an answer that says no

No message and no repr holds a credential.
"""

from __future__ import annotations

from infisical.api.errors import InfisicalError


class ClusterUnreachable(InfisicalError):
    """No complete answer came. `passing` says whether waiting can help."""

    def __init__(self, message: str, *, passing: bool) -> None:
        super().__init__(message)
        self.passing = passing


class ClusterRefused(InfisicalError):
    """The API server's answer, as data."""

    def __init__(self, message: str, *, status: int, reason: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
