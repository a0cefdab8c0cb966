"""`adopt`: writes the declaration of ExternalSecrets that exist in files or in the cluster."""

from operations.adopt.command import main

__all__ = ["main"]
