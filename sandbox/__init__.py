"""A homelab on this machine: the tool chain, a real control plane, and the stack `sandbox` on it."""
