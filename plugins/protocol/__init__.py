"""Shared by the providers in Python: errors and schemas."""
