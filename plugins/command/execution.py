"""One run of a command."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from plugins.command.output import CommandOutput
from plugins.command.text import to_bytes
from tooling.plugin.properties import Properties, Value


class CommandFailed(Exception):
    """A command could not start or failed; the message is only the reason, without the command and its output."""


@dataclass(frozen=True)
class Execution:
    """
    What to run and how.

    :param command: the command line
    :param inputs: the command's inputs, plain
    :param previous: the outputs of the previous run, plain
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
        """The variables in the inputs."""
        given: dict[str, Value] = self.inputs.get("environment") or {}
        return {name.encode(): to_bytes(value) for name, value in given.items()}

    @property
    def previous_output(self) -> Mapping[bytes, bytes]:
        """The output of the previous run as variables; empty if `addPreviousOutputInEnv` is false."""
        if self.inputs.get("addPreviousOutputInEnv") is False:
            return {}
        printed = {name: self.previous.get(name) for name in ("stdout", "stderr")}
        return {f"PULUMI_COMMAND_{name.upper()}".encode(): to_bytes(text) for name, text in printed.items() if text}
