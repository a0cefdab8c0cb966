"""
A homelab on this machine: the tool chain, a real control plane with the real External Secrets Operator, a fake node,
a fake Argo CD, a fake Infisical server, and the stack `sandbox` on them.
"""
