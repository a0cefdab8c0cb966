"""`python -m operations upgrade-check`: what another version of Infisical's chart changes."""

from operations.upgrade.command import main

__all__ = ["main"]
