"""
What can go wrong while speaking to Kubernetes. Each text is meant for the user.

KubernetesError
├── KubeconfigError     The kubeconfig is missing, unreadable, or names no such context, cluster or user.
├── ClusterUnreachable  The API server gave no complete answer, or the credentials could not be used.
└── ClusterRefused      The API server answered, and refused the request.

No message and no repr holds a credential.
"""

from __future__ import annotations


class KubernetesError(Exception):
    """The root of the tree."""


class KubeconfigError(KubernetesError):
    """The kubeconfig cannot be used: the text says which part of it, and never quotes the rest."""


class ClusterUnreachable(KubernetesError):
    """No complete answer came. `passing` says whether waiting can help."""

    def __init__(self, message: str, *, passing: bool) -> None:
        super().__init__(message)
        self.passing = passing


class ClusterRefused(KubernetesError):
    """The API server's answer, as data."""

    def __init__(self, message: str, *, status: int, reason: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason


def is_passing(error: KubernetesError) -> bool:
    """Whether the same request may succeed a little later."""
    if isinstance(error, ClusterRefused):
        return error.status >= 500 or error.status == 429
    return isinstance(error, ClusterUnreachable) and error.passing
