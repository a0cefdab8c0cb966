"""Reports what a change would do, without the homelab: no cluster, no Infisical, no passphrase, no secret."""

from operations.pull_request.command import main

__all__ = ["main"]
