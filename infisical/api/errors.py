"""
What can go wrong while speaking to Infisical.

InfisicalError
├── Unreachable         no answer, or one that never came to an end
├── Refused             an answer that says no
│   ├── Unauthenticated the token or login is not accepted
│   ├── NotFound        the object does not exist
│   └── RouteMissing    this server does not have the call at all
├── Unexpected          an answer of a shape that the client does not know
└── Blocked             the state of the server's objects forbids what was asked

No message and no repr holds a secret.
"""

from __future__ import annotations


class InfisicalError(Exception):
    """The root: its text is meant for the user and says what to do next."""


class Unreachable(InfisicalError):
    """No complete answer came. `executed` says whether the server may have carried out the call all the same."""

    def __init__(self, message: str, *, executed: bool) -> None:
        super().__init__(message)
        self.executed = executed


class Refused(InfisicalError):
    """The server's answer, as data: its status, the error's name and the server's own words."""

    def __init__(self, message: str, *, status: int, error: str, reason: str) -> None:
        super().__init__(message)
        self.status = status
        self.error = error
        self.reason = reason

    @property
    def exists_already(self) -> bool:
        """Whether the call failed because its object is there already."""
        return self.status == 400 and "already" in self.reason.lower()


class Unauthenticated(Refused):
    """The token is missing, expired, revoked or signed with another key, or the login is wrong."""


class NotFound(Refused):
    """The object of the call does not exist."""


class RouteMissing(Refused):
    """The server does not know this method and path: it is of another API generation."""


class Unexpected(InfisicalError):
    """The answer lacks what the client needs, or is not Infisical's."""


class Blocked(InfisicalError):
    """Nothing is wrong with the server, but what was asked would harm something or cannot be decided."""
