"""Measures the homelab's program, compared with `kubectl apply`."""
