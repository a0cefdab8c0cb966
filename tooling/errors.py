"""
The errors of the tool chain, of processes, and of a stack's files. Commands show the message and end with exit code 1.

    ToolingError
    ├── StartError        a process did not start
    ├── ToolError         a program or a Go module is not available
    │   └── BuildError    a build failed
    └── StackError        a stack, its config or its backend is not usable
"""

from __future__ import annotations

from collections.abc import Sequence


class ToolingError(Exception):
    """A message for the user: what failed, where, found, expected, and the fix."""


class StartError(ToolingError):
    """
    A process did not become ready.

    :param name: of the part, such as `etcd`
    :param reason: how it ended, or that it timed out
    :param argv: its command line
    :param log: its last output
    """

    def __init__(self, name: str, reason: str, argv: Sequence[str], log: Sequence[str]) -> None:
        lines = [f"{name} did not start: {reason}", "  command:", *(f"    {argument}" for argument in argv)]
        lines += ["  last output:", *(f"    {line}" for line in log)] if log else ["  no output"]
        lines.append("  Fix the problem above, then run the command again.")
        super().__init__("\n".join(lines))
        self.name = name
        self.reason = reason
        self.argv = tuple(argv)
        self.log = tuple(log)


class ToolError(ToolingError):
    """A program or a Go module is not available."""


class BuildError(ToolError):
    """
    A build failed.

    :param name: of the program
    :param argv: the command line of the build
    :param log: its last output
    """

    def __init__(self, name: str, argv: Sequence[str], log: Sequence[str]) -> None:
        lines = [f"cannot build {name}:", f"  {' '.join(argv)}", *(f"    {line}" for line in log)]
        lines.append("  Fix the problem above, then run the command again. Compiled packages were kept.")
        super().__init__("\n".join(lines))
        self.name = name
        self.argv = tuple(argv)
        self.log = tuple(log)


class StackError(ToolingError):
    """A stack, its config or its backend is not usable."""
