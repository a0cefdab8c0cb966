"""What this provider does not support, in one message."""

from __future__ import annotations

from plugins.kubernetes import INSTALL
from plugins.kubernetes.objects.kinds import Kind, is_overlay, kind_of_type
from plugins.protocol.errors import ProviderError

SUPPORTED = (
    "a v1 Namespace, Secret, ConfigMap or PersistentVolumeClaim, a batch/v1 CronJob, a patch of one, or a custom "
    "resource"
)


def unsupported(found: object) -> ProviderError:
    """
    The error for something that this provider does not manage.

    :param found: a kind, or the token of a type or function
    """
    message = f"{found} is not supported by this Python kubernetes provider; expected {SUPPORTED}. Fix: {INSTALL}"
    return ProviderError(message)


def refuse_unsupported(token: str, kind: Kind) -> None:
    """
    Refuse charts, YAML files, overlays, lists and most built-in kinds.

    :param kind: the kind of the object, which the type's token should name as well
    :raises ProviderError: the type or the kind is not supported
    """
    if is_overlay(token):
        raise unsupported(token)
    for found in (kind, kind_of_type(token)):
        if found.name and not found.is_supported:
            raise unsupported(found)
