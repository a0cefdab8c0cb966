"""The sandbox's stack: its config, derived from the homelab's, and what a killed pulumi left of it."""
