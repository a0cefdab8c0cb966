"""Shared by the providers in Python: property values, errors, the SDK's messages without the SDK."""
