"""What the `kubeconfig` of Pulumi's Kubernetes provider may be."""

from __future__ import annotations


def is_text(kubeconfig: str) -> bool:
    """Whether it is the content of a kubeconfig, YAML or JSON, and not a path. An empty string is neither."""
    return "\n" in kubeconfig or kubeconfig.lstrip().startswith("{")
