"""
The sandbox's fake node: scheduler and kubelet of a cluster that has neither.

Its pods run nothing. It binds every pod to one Node, reports its containers as running, and removes deleted pods, so
that a rollout completes as on a real cluster. As with a kubelet, a pod is Ready when its readiness gates are true: the
fake of a pod's program sets a gate.

`kubectl exec` and `kubectl logs` reach it as they reach a kubelet: through the API server, over HTTPS, with
certificates on both sides. In place of a few containers, a program runs on this machine. A command in such a container
runs here, too, with the variables of the container, and its log is the program's. In the other containers, no command
runs, and their log is empty.

Different on purpose: it ignores capacity, selectors, taints, probes, volumes and, to start a pod, the Secrets that a
container reads. No pod has an address or ends by itself. A command is not isolated: it sees the files of this machine.
Its variables are those of now, not of the start of its container. When its client goes away, it ends, after its stdin;
in a container it could go on. A kubelet also knows SPDY, terminals, `attach`, `port-forward` and `logs --follow`.
"""

from sandbox.node.process import Node
from sandbox.node.runs import Runs

__all__ = ["Node", "Runs"]
