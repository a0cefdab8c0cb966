"""Reads what exists: YAML files, or the cluster."""
