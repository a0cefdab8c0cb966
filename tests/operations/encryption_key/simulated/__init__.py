"""The rotation on a simulated homelab, killed at every moment."""
