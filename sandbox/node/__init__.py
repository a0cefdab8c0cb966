"""
The sandbox's fake node: scheduler and kubelet of a cluster that has neither.

Its pods run nothing. It binds every pod to one Node, reports its containers as running, and removes deleted pods, so
that a rollout completes as on a real cluster. As with a kubelet, a pod is Ready when its readiness gates are true: the
fake of a pod's program sets a gate.

Different on purpose: it ignores capacity, selectors, taints, probes, volumes and the Secrets that a container reads.
No pod has an address or ends by itself.
"""

from sandbox.node.process import Node

__all__ = ["Node"]
