"""One run of a command, local or remote."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from plugins.command.output import CommandOutput
from plugins.command.text import to_bytes
from plugins.protocol.properties import Properties, Value


class CommandFailed(Exception):
    """A command could not run or did not succeed; the message is the reason alone, without command and output."""


class ConnectionFailed(Exception):
    """A remote command did not come to run; the message says where and why."""


@dataclass(frozen=True)
class Execution:
    """
    What to run and how.

    :param command: the command line
    :param inputs: the command's inputs, plain
    :param previous: the outputs of the run before, plain
    :param output: takes what the command prints
    """

    command: bytes = field(repr=False)
    inputs: Properties = field(repr=False)
    previous: Properties = field(repr=False)
    output: CommandOutput

    @property
    def stdin(self) -> bytes:
        return to_bytes(self.inputs.get("stdin") or "")

    @property
    def environment(self) -> Mapping[bytes, bytes]:
        """The variables that the user gave."""
        given: dict[str, Value] = self.inputs.get("environment") or {}
        return {name.encode(): to_bytes(value) for name, value in given.items()}

    @property
    def previous_output(self) -> Mapping[bytes, bytes]:
        """What the run before printed, as variables; empty where the user does not want them."""
        if self.inputs.get("addPreviousOutputInEnv") is False:
            return {}
        printed = {name: self.previous.get(name) for name in ("stdout", "stderr")}
        return {f"PULUMI_COMMAND_{name.upper()}".encode(): to_bytes(text) for name, text in printed.items() if text}
