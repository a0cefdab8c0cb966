"""Reads ExternalSecrets and stores from the cluster."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from declaration import is_text
from operations.adopt.objects import EXTERNAL_SECRET, GROUP, STORES, Found, Inputs, Unread, entries, mapping
from operations.adopt.reading.by_hand import secrets_by_hand
from operations.errors import OperationError
from operations.programs import find_program
from tooling.kubernetes.kubectl import Kubectl, KubectlError
from tooling.private_file import write_private

_RESOURCES: Final = tuple(f"{kind.lower()}s.{GROUP}" for kind in (EXTERNAL_SECRET, *STORES))


def read_cluster(kubectl: Kubectl, namespaces: Sequence[str], *, secrets: bool = False) -> Inputs:
    """
    Read the objects of the operator.

    :param namespaces: only these; all if empty
    :param secrets: whether to read the Secrets that somebody made by hand, too
    :raises OperationError: the cluster could not be read, or has no operator
    """
    inputs = Inputs()
    for resource in _RESOURCES:
        for content in _listed(kubectl, resource):
            metadata = mapping(content.get("metadata"))
            namespace = str(metadata.get("namespace") or "")
            found = Found(content, namespace)
            owner = next((mapping(each) for each in entries(metadata.get("ownerReferences"))), {})
            if found.kind == EXTERNAL_SECRET and namespaces and namespace not in namespaces:
                continue
            if found.kind == EXTERNAL_SECRET and owner:
                reason = f"{owner.get('kind')} {owner.get('name')} makes it, and would make it again"
                inputs.unread.append(Unread(f"{found.kind} {found.place}", reason))
            else:
                inputs.add(found)
    inputs.secrets = secrets_by_hand(kubectl, namespaces) if secrets else []
    return inputs


def _listed(kubectl: Kubectl, resource: str) -> list[dict[str, object]]:
    try:
        return kubectl.list(resource)
    except KubectlError as error:
        if "have a resource type" in error.stderr:
            what = "The cluster has no External Secrets Operator"
            raise OperationError(
                what, found=f"no {resource}", fix="choose the cluster with KUBECONFIG, or name files instead of --live"
            ) from error
        what = "The ExternalSecrets of the cluster cannot be read"
        raise OperationError(
            what, found=str(error), fix="choose the cluster with KUBECONFIG, then run the command again"
        ) from error


@contextlib.contextmanager
def cluster_of(config: Mapping[str, Any]) -> Iterator[Kubectl]:
    """
    The cluster of the stack: that of `kubernetes:kubeconfig` and `kubernetes:context`, else of the environment.

    :param config: the stack's config
    :raises OperationError: kubectl is not installed
    """
    program = find_program("kubectl")
    given, context = (config.get(f"kubernetes:{name}") for name in ("kubeconfig", "context"))
    kubeconfig, chosen = (value if isinstance(value, str) else "" for value in (given, context))
    if not is_text(kubeconfig):
        yield Kubectl(program, Path(kubeconfig).expanduser() if kubeconfig else None, context=chosen)
        return
    with tempfile.TemporaryDirectory(prefix="kubeconfig-") as folder:
        file = Path(folder) / "config"
        write_private(file, kubeconfig)
        yield Kubectl(program, file, context=chosen)
