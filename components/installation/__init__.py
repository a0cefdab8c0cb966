"""Infisical's installation in this cluster: its keys, its Secrets, and its Applications."""
