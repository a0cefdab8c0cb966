"""Checks and actions on objects of the cluster."""
