"""What a homelab's cluster has before the program runs: CRDs, namespaces, and Argo CD's own Secret and project."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Sequence
from pathlib import Path

import yaml

from declaration.objects import ARGOCD_NAMESPACE, ARGOCD_SECRET, DEFAULT_PROJECT, ESO_NAMESPACE
from sandbox.controlplane.plane import ControlPlane
from sandbox.declared import declared_apps, declared_argocd, read_config
from tooling.kubernetes.kubectl import Kubectl

ALWAYS = (ARGOCD_NAMESPACE, ESO_NAMESPACE)
ARGOCD_SECRET_ANNOTATION = "homelab.sandbox/owner"
ESTABLISHED_SECONDS = 60

# The C loader is many times faster, and CRDs are large files.
_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def prerequisite_namespaces(stack_file: Path) -> tuple[str, ...]:
    """
    The namespaces that the program uses and does not create: Argo CD's, the operator's, and those of the apps
    without `createNamespace: true`.

    :param stack_file: a Pulumi.STACK.yaml
    """
    config = read_config(stack_file)
    apps = declared_apps(config) or ()
    owned = {app.namespace for app in apps if app.creates_namespace}
    used = [secret.namespace for app in apps for secret in app.secrets if secret.namespace not in owned]
    return tuple(dict.fromkeys([declared_argocd(config).namespace, ESO_NAMESPACE, *used]))


def ensure_prerequisites(
    plane: ControlPlane, crds: Sequence[Path], namespaces: Sequence[str], argocd_namespace: str = ARGOCD_NAMESPACE
) -> bool:
    """
    Create the missing CRDs and namespaces, and Argo CD's Secret and project. True when something was missing.

    :param argocd_namespace: one of `namespaces`
    """
    applied = _ensure_crds(plane.kubectl, crds, plane.directory / "crds-applied")
    created = _ensure_namespaces(plane.kubectl, namespaces)
    argocd = [ensure(plane.kubectl, argocd_namespace) for ensure in (_ensure_argocd_secret, _ensure_argocd_project)]
    return bool(applied or created or any(argocd))


def _ensure_crds(kubectl: Kubectl, files: Sequence[Path], record: Path) -> bool:
    """
    Apply the definitions, unless exactly these were applied and all exist. True when applied.

    :param files: each with one definition
    :param record: a file that keeps what was applied
    """
    contents = [file.read_text() for file in files]
    key = hashlib.sha256("\0".join(contents).encode()).hexdigest()
    if record.exists():
        applied, *names = record.read_text().split()
        present = set(kubectl.run("get", "crd", "-o", "name").split())
        if applied == key and present.issuperset(f"customresourcedefinition.apiextensions.k8s.io/{n}" for n in names):
            return False
    names = [yaml.load(content, Loader=_Loader)["metadata"]["name"] for content in contents]
    arguments = [argument for file in files for argument in ("-f", str(file))]
    kubectl.run("apply", "--server-side", "--force-conflicts", "--field-manager=sandbox", *arguments)
    kubectl.run(
        "wait",
        "--for=condition=Established",
        f"--timeout={ESTABLISHED_SECONDS}s",
        *(f"crd/{name}" for name in names),
    )
    record.write_text("\n".join([key, *names]))
    return True


def _ensure_namespaces(kubectl: Kubectl, names: Sequence[str]) -> tuple[str, ...]:
    """Create the missing namespaces and return their names."""
    present = {obj["metadata"]["name"] for obj in kubectl.list("namespaces")}
    missing = tuple(name for name in names if name not in present)
    if missing:
        items = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in missing]
        kubectl.create({"apiVersion": "v1", "kind": "List", "items": items})
    return missing


def _ensure_argocd_project(kubectl: Kubectl, namespace: str) -> bool:
    """Create the project `default` as Argo CD would. True when created."""
    if kubectl.run("get", "appproject", DEFAULT_PROJECT, "-n", namespace, "--ignore-not-found", "-o", "name"):
        return False
    kubectl.create(
        {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "AppProject",
            "metadata": {"name": DEFAULT_PROJECT, "namespace": namespace},
            "spec": {
                "sourceRepos": ["*"],
                "destinations": [{"namespace": "*", "server": "*"}],
                "clusterResourceWhitelist": [{"group": "*", "kind": "*"}],
            },
        },
        manager="argocd-server",
    )
    return True


def _ensure_argocd_secret(kubectl: Kubectl, namespace: str) -> bool:
    """
    Create `argocd-secret` as Argo CD would, with Argo CD's keys and an annotation.

    Created once and never written again, because Argo CD owns it. True when created.
    """
    if kubectl.run("get", "secret", ARGOCD_SECRET, "-n", namespace, "--ignore-not-found", "-o", "name"):
        return False
    kubectl.create(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {
                "name": ARGOCD_SECRET,
                "namespace": namespace,
                "labels": {"app.kubernetes.io/name": ARGOCD_SECRET, "app.kubernetes.io/part-of": "argocd"},
                "annotations": {ARGOCD_SECRET_ANNOTATION: json.dumps({"name": "argocd"})},
            },
            "type": "Opaque",
            "stringData": {"admin.password": secrets.token_urlsafe(32), "server.secretkey": secrets.token_urlsafe(32)},
        },
        manager="argocd",
    )
    return True
