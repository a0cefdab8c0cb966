"""The `runtime.options` of a Pulumi.yaml or PulumiPlugin.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import grpc
from google.protobuf import json_format
from pulumi.runtime.proto import language_pb2

from plugins.protocol.errors import ProviderError

PLUGIN_VIRTUALENV = "venv"
"""The default for a plugin, which never uses the interpreter on PATH."""


@dataclass(frozen=True)
class RuntimeOptions:
    """
    How to run a program or plugin.

    :param root: the folder of the Pulumi.yaml
    :param virtualenv: as written there; empty if missing
    :param toolchain: `pip`, or empty if missing
    """

    root: Path
    virtualenv: str = ""
    toolchain: str = ""

    @property
    def virtualenv_path(self) -> Path | None:
        """The folder of the virtual environment, or None for the interpreter on PATH."""
        return self.root / self.virtualenv if self.virtualenv else None


def read_options(info: language_pb2.ProgramInfo, *, plugin: bool = False) -> RuntimeOptions:
    """
    Read a `ProgramInfo` message.

    :raises ProviderError: an option has a wrong type or value, or this host does not support it
    """
    options: Mapping[str, object] = json_format.MessageToDict(info.options)
    virtualenv = _string(options, "virtualenv")
    toolchain = _string(options, "toolchain")
    typechecker = _string(options, "typechecker")
    if toolchain in ("poetry", "uv"):
        fix = (
            f"create the virtual environment with {toolchain}, then set `toolchain: pip` and `virtualenv: .venv` "
            "(its folder) under `runtime.options`"
        )
        raise _wrong("toolchain", toolchain, "pip, the only toolchain of this Python language host", fix)
    if toolchain not in ("", "pip"):
        raise _wrong("toolchain", toolchain, "pip")
    if typechecker:
        fix = f"remove the option from Pulumi.yaml, and run {typechecker} before `pulumi`"
        raise _wrong("typechecker", typechecker, "none, since this Python language host checks no types", fix)
    return RuntimeOptions(
        root=Path(info.root_directory),
        virtualenv=virtualenv or (PLUGIN_VIRTUALENV if plugin else ""),
        toolchain=toolchain,
    )


def _string(options: Mapping[str, object], key: str) -> str:
    value = options.get(key, "")
    if not isinstance(value, str):
        raise _wrong(key, value, "a string")
    return value


def _wrong(key: str, value: object, expected: str, fix: str = "") -> ProviderError:
    fix = fix or f"correct `runtime.options.{key}` in Pulumi.yaml"
    # Not "unimplemented": the engine would continue as if it had not asked.
    return ProviderError(
        f"Runtime option `{key}`: found {value!r}, expected {expected}. Fix: {fix}.",
        grpc.StatusCode.INVALID_ARGUMENT,
    )
