"""The programs that the sandbox runs: installed ones with a suitable version, or built once from pinned Go modules."""

from tooling.toolchain.tools import BUILT, Engine, Tool, Tools, ensure_definitions, ensure_engine, ensure_tools

__all__ = ["BUILT", "Engine", "Tool", "Tools", "ensure_definitions", "ensure_engine", "ensure_tools"]
