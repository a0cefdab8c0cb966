"""A separate Pulumi workspace: home with plugins, file backend, passphrase, and the stack's derived config."""

from tooling.stack.pulumi import Pulumi, PulumiFailed
from tooling.stack.workspace import Workspace

__all__ = ["Pulumi", "PulumiFailed", "Workspace"]
