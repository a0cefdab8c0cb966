"""
Everything that the provider reports as an error, with the Kubernetes failures in `tooling.kubernetes.errors`.

InfisicalError               The root of all errors about Infisical.
├── Unreachable              The server gave no complete answer.
├── Refused                  The server answered, and refused the request.
│   ├── Unauthenticated      The token or login is not accepted.
│   │   └── LoginRefused     The administrator's e-mail address and password are not accepted.
│   ├── NotFound             The object does not exist.
│   └── RouteMissing         This server's release does not have the route.
├── Unexpected               The answer has a form that the client does not know.
├── Blocked                  The request would do harm, or needs a decision by the user.
│   └── Unread               What decides about the request cannot be read. A preview goes on.
└── NotDelivered             An app's Secret does not hold what Infisical holds (in `infisical.delivery.report`).

KubernetesError              The root of all errors about the cluster.
├── KubeconfigError          The kubeconfig is missing, unreadable, or names no such context, cluster or user.
├── ClusterUnreachable       The API server gave no complete answer, or the credentials could not be used.
└── ClusterRefused           The API server answered, and refused the request.

Each text is meant for the user, and says what to do next. No message and no repr holds a secret.
"""

from __future__ import annotations


class InfisicalError(Exception):
    """The root of the tree."""


class Unreachable(InfisicalError):
    """No complete answer came. `executed` says whether the request may still have succeeded."""

    def __init__(self, message: str, *, executed: bool) -> None:
        super().__init__(message)
        self.executed = executed


class Refused(InfisicalError):
    """The server's answer as data: its status, the error's name and the reason."""

    def __init__(self, message: str, *, status: int, error: str, reason: str) -> None:
        super().__init__(message)
        self.status = status
        self.error = error
        self.reason = reason

    @property
    def exists_already(self) -> bool:
        """Whether the call failed because its object already exists."""
        return self.status == 400 and "already" in self.reason.lower()


class Unauthenticated(Refused):
    """The token is missing, expired, revoked or signed with another key, or the login is wrong."""


class LoginRefused(Unauthenticated):
    """The administrator's e-mail address and password are not accepted."""


class NotFound(Refused):
    """The object of the call does not exist."""


class RouteMissing(Refused):
    """The server does not have this method and path: it has another API generation."""


class Unexpected(InfisicalError):
    """The answer lacks what the client needs, or is not Infisical's."""


class Blocked(InfisicalError):
    """The server works, but the request would do harm, or needs a decision by the user."""


class Unread(Blocked):
    """What decides whether the request would do harm cannot be read. A preview goes on without the check."""
