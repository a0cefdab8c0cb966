"""
Failures between the provider and a cluster. All are `ProviderError`s; their texts are the official provider's.

- `ApiError`           the API server refused a request
- `KindUnknown`        the API server does not serve a kind
- `ClusterUnreachable` no API server answers, or none is configured
- `NotReady`           an object exists, but is not ready or not deleted
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from plugins.kubernetes.objects.kinds import Kind
from plugins.kubernetes.objects.kubernetes_object import KubernetesObject
from plugins.protocol.errors import ProviderError

CONFLICT_HELP = (
    "https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/"
    "managing-resources-with-server-side-apply/#handle-field-conflicts-on-existing-resources"
)

ALREADY_EXISTS_HELP = """

The resource already exists in the cluster. This can happen when:

  - Renaming a Pulumi resource: use an alias to preserve the identity,
    or use deleteBeforeReplace if the resource needs replacement.
  - Managing an existing resource: use a Patch resource (e.g. NamespacePatch)
    to manage specific fields without owning the resource lifecycle.
  - Adopting a resource into Pulumi: use `pulumi import`. Note that
    protected resources (e.g. kube-system) cannot be deleted on destroy.
  - Intentional upsert: set upsertExistingObjects on the provider to allow
    server-side apply to update existing objects on create."""


class ApiError(ProviderError):
    """The API server's `Status`: the HTTP code, and Kubernetes' own word for the reason."""

    def __init__(self, http_code: int, status: Mapping[str, Any]) -> None:
        super().__init__(str(status.get("message") or f"the API server answered with HTTP status {http_code}"))
        self.http_code = http_code
        self.reason = str(status.get("reason") or "")
        details = status.get("details")
        self.details: Mapping[str, Any] = details if isinstance(details, dict) else {}

    @property
    def not_found(self) -> bool:
        return self.http_code == 404

    @property
    def namespace_missing(self) -> bool:
        return self.not_found and self.details.get("kind") == "namespaces"

    @property
    def already_exists(self) -> bool:
        return self.http_code == 409 and self.reason == "AlreadyExists"

    @property
    def conflict(self) -> bool:
        return self.http_code == 409 and self.reason == "Conflict"

    @property
    def forbidden(self) -> bool:
        return self.http_code == 403

    @property
    def without_dry_run(self) -> bool:
        return self.http_code == 400 and ("dry run" in self.message or "dryRun" in self.message)

    @property
    def required_field(self) -> str:
        """The required field that the object would lose, or an empty string."""
        for cause in self.details.get("causes") or []:
            if cause.get("reason") == "FieldValueRequired":
                return str(cause.get("field", ""))
        return ""


class KindUnknown(ProviderError):
    def __init__(self, kind: Kind) -> None:
        super().__init__(f'no matches for kind "{kind.name}" in version "{kind.api_version}"')
        self.kind = kind


class ClusterUnreachable(ProviderError):
    """The API server did not answer, or none is configured. `reason` is shown to the user."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"configured Kubernetes cluster is unreachable: {reason}")
        self.reason = reason


class NotReady(ProviderError):
    """`live` is the last known object; `reasons` are shown below the message."""

    def __init__(self, message: str, live: KubernetesObject, reasons: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.live = live
        self.reasons = tuple(reasons)


def apply_failure(error: ApiError, manager: str) -> str:
    """The text of a failed apply, with help if another field manager owns a field."""
    if not error.conflict:
        return error.message
    return (
        f"server-side apply field conflict detected, see {CONFLICT_HELP} for troubleshooting help\n"
        f'The resource managed by field manager "{manager}" had an apply conflict: {error.message}'
    )
