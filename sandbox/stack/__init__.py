"""The sandbox's stack: its config, derived from the homelab's, and recovery after a killed pulumi."""
