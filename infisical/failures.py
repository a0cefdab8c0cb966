"""What an operation on a resource can fail with: Infisical or the cluster."""

from __future__ import annotations

from typing import Final

from infisical.api.errors import InfisicalError, Refused, Unreachable
from tooling.kubernetes import errors as kubernetes
from tooling.kubernetes.errors import KubernetesError

FAILURES: Final = (InfisicalError, KubernetesError)
"""All errors whose text is meant for the user, for `except`."""


def is_passing(error: InfisicalError | KubernetesError) -> bool:
    """Whether the same request may succeed a little later."""
    if isinstance(error, KubernetesError):
        return kubernetes.is_passing(error)
    if isinstance(error, Refused):
        return error.status >= 500 or error.status == 429
    return isinstance(error, Unreachable)
