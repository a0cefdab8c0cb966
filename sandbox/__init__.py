"""
A homelab on this machine: the tool chain, a real control plane with the real External Secrets Operator, stand-ins
for a node, Argo CD and Infisical, and the stack `sandbox` on it.
"""
