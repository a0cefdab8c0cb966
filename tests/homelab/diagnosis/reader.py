"""A user who may read what the page lists, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import yaml

from tests.checkout import CHECKOUT
from tests.homelab.deployment import Homelab

PAGE: Final = CHECKOUT / "docs" / "how-to" / "troubleshoot.md"
SECRETS: Final = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "list"]}
ACCOUNT: Final = {"kind": "ServiceAccount", "name": "doctor", "namespace": "monitoring"}


def reader(homelab: Homelab, folder: Path, *, secrets: bool = False, logs: bool = True) -> Path:
    """
    The kubeconfig of a service account with the roles of the page.

    :param secrets: it may also read Secrets, which the page leaves out
    :param logs: it has the role for the logs of Infisical
    """
    kubectl = homelab.plane.kubectl
    _, _, written = PAGE.read_text(encoding="utf-8").partition("```yaml\n")
    for_cluster, for_logs = yaml.safe_load_all(written.partition("```")[0])
    for_cluster["rules"] += [SECRETS] * secrets
    for_logs["rules"] *= logs
    kubectl.apply(
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "doctor", "namespace": "monitoring"}}
    )
    for role in (for_cluster, for_logs):
        kubectl.apply(role)
        kubectl.apply(_binding(role))
    token = kubectl.run("create", "token", "doctor", "--namespace", "monitoring").strip()
    kubeconfig = yaml.safe_load(homelab.plane.kubeconfig.read_text())
    kubeconfig["users"][0]["user"] = {"token": token}
    file = folder / "kubeconfig"
    file.write_text(yaml.safe_dump(kubeconfig))
    return file


def _binding(role: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": role["apiVersion"],
        "kind": f"{role['kind']}Binding",
        "metadata": role["metadata"],
        "subjects": [ACCOUNT],
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": role["kind"], "name": role["metadata"]["name"]},
    }
