"""
The sandbox's fake node: scheduler and kubelet of a cluster that has neither.

It is neither of the two, and its pods run nothing. It binds every pod to one Node, says of each that its containers
run, and lets deleted pods go, so that a rollout completes as it does on a cluster. A pod is Ready when its readiness
gates are true, as a kubelet has it: who stands for what would run in a pod says by a gate whether that works.

Different on purpose: capacity, selectors, taints, probes, volumes and the Secrets that a container reads are not looked
at, and no pod has an address or ever ends by itself.
"""

from sandbox.node.process import Node

__all__ = ["Node"]
