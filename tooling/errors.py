"""
What can go wrong in the sandbox; the command line shows the message and ends with exit code 1.

    ToolingError
    ├── StartError        a process of the control plane did not start
    ├── ToolError         a program or module of the tool chain cannot be had
    │   └── BuildError    a build ended with an error
    └── StackError        the stack, its config or its backend is not usable
"""

from __future__ import annotations

from collections.abc import Sequence


class ToolingError(Exception):
    """A message for the user: what, where, what was seen, and the next command."""


class StartError(ToolingError):
    """
    A process did not become ready.

    :param name: of the part, such as `etcd`
    :param reason: what was waited for, or how it ended
    :param argv: with which it was started
    :param log: its last lines
    """

    def __init__(self, name: str, reason: str, argv: Sequence[str], log: Sequence[str]) -> None:
        lines = [f"{name} did not start: {reason}", "  it was started with:", *(f"    {argument}" for argument in argv)]
        lines += ["  its last lines:", *(f"    {line}" for line in log)] if log else ["  it printed nothing"]
        super().__init__("\n".join(lines))
        self.name = name
        self.reason = reason
        self.argv = tuple(argv)
        self.log = tuple(log)


class ToolError(ToolingError):
    """A program or module that the sandbox needs cannot be had."""


class BuildError(ToolError):
    """
    A build ended with an error.

    :param name: of the program
    :param argv: of the build
    :param log: its last lines
    """

    def __init__(self, name: str, argv: Sequence[str], log: Sequence[str]) -> None:
        lines = [f"{name} was not built:", f"  {' '.join(argv)}", *(f"    {line}" for line in log)]
        lines.append("  What was compiled so far is kept: run the command again to go on from there.")
        super().__init__("\n".join(lines))
        self.name = name
        self.argv = tuple(argv)
        self.log = tuple(log)


class StackError(ToolingError):
    """The sandbox's stack, its config or its backend is not usable."""
