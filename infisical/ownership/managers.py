"""Who manages an object, read from its metadata."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

Metadata = Mapping[str, Any]

_OPERATOR: Final = ("externalsecrets.external-secrets.io", "external-secrets")
"""What the field managers of the External Secrets Operator start with."""

_ARGOCD_LABELS: Final = ("argocd.argoproj.io/instance", "app.kubernetes.io/instance")


def is_managed_by(metadata: Metadata, manager: str) -> bool:
    """Whether the manager owns fields of the object."""
    return any(entry.get("manager") == manager for entry in _entries(metadata))


def is_written_by_operator(metadata: Metadata) -> bool:
    """Whether the External Secrets Operator has written fields of the object."""
    return any(str(entry.get("manager") or "").startswith(_OPERATOR[0]) for entry in _entries(metadata))


def managers(metadata: Metadata) -> list[str]:
    """The field managers of the object itself, without the operator's own."""
    names = (str(entry.get("manager") or "") for entry in _entries(metadata) if not entry.get("subresource"))
    return sorted({name for name in names if name and not name.startswith(_OPERATOR)})


def tool(metadata: Metadata) -> str:
    """The tool that deploys the object and would revert or delete it, such as `Argo CD application web`; or empty."""
    labels, annotations = metadata.get("labels") or {}, metadata.get("annotations") or {}
    if tracking := annotations.get("argocd.argoproj.io/tracking-id"):
        return f"Argo CD application {str(tracking).partition(':')[0]}"
    if "argocd" in " ".join(managers(metadata)) or _ARGOCD_LABELS[0] in labels:
        named = next((labels[label] for label in _ARGOCD_LABELS if label in labels), "")
        return f"Argo CD application {named}" if named else "Argo CD"
    for group, kind in (("kustomize", "Kustomization"), ("helm", "HelmRelease")):
        if name := labels.get(f"{group}.toolkit.fluxcd.io/name"):
            return f"Flux {kind} {labels.get(f'{group}.toolkit.fluxcd.io/namespace', '')}/{name}"
    if release := annotations.get("meta.helm.sh/release-name"):
        return f"Helm release {release}"
    return ""


def controller(metadata: Metadata) -> Mapping[str, Any] | None:
    """The owner reference of the controller, if it has one."""
    return next((owner for owner in metadata.get("ownerReferences") or [] if owner.get("controller")), None)


def _entries(metadata: Metadata) -> Iterator[Mapping[str, Any]]:
    yield from metadata.get("managedFields") or []
