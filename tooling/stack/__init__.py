"""A Pulumi workspace of its own: home with plugins, file backend, passphrase, and the stack's derived config."""

from tooling.stack.workspace import PulumiFailed, Workspace

__all__ = ["PulumiFailed", "Workspace"]
