"""The programs that the sandbox runs: installed ones that fit, else built once from pinned Go modules."""

from sandbox.toolchain.tools import Tool, Tools, ensure_tools

__all__ = ["Tool", "Tools", "ensure_tools"]
