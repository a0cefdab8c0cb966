"""What the `kubeconfig` of Pulumi's Kubernetes provider may be."""

from __future__ import annotations


def is_text(kubeconfig: str) -> bool:
    """Whether it is a kubeconfig's text, YAML or JSON, and not the path of one. An empty one is neither."""
    return "\n" in kubeconfig or kubeconfig.lstrip().startswith("{")
