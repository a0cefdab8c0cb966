"""The `runtime.options` of a Pulumi.yaml or PulumiPlugin.yaml, as the host understands them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import grpc
from google.protobuf import json_format
from pulumi.runtime.proto import language_pb2

from plugins.protocol.errors import ProviderError

TOOLCHAINS = ("pip", "poetry", "uv")
TYPECHECKERS = ("mypy", "pyright")

PLUGIN_VIRTUALENV = "venv"
"""Where a plugin's packages are when its options do not say: never the interpreter on PATH."""


@dataclass(frozen=True)
class RuntimeOptions:
    """
    How a program or plugin wants to be run.

    `root` is the folder of the Pulumi.yaml; `virtualenv` is as it was written, '' where it was not.
    """

    root: Path
    virtualenv: str = ""
    toolchain: str = ""
    typechecker: str = ""

    @property
    def virtualenv_path(self) -> Path | None:
        """The virtual environment's folder, or None for the interpreter on PATH."""
        return self.root / self.virtualenv if self.virtualenv else None


def read_options(info: language_pb2.ProgramInfo, *, plugin: bool = False) -> RuntimeOptions:
    """
    Read a `ProgramInfo` message.

    :raises ProviderError: an option has a wrong type or value, or names a tool that this host does not drive
    """
    options: Mapping[str, object] = json_format.MessageToDict(info.options)
    virtualenv = _text(options, "virtualenv")
    toolchain = _choice(options, "toolchain", TOOLCHAINS)
    if toolchain in ("poetry", "uv"):
        message = (
            f"runtime option `toolchain` is {toolchain!r}: this Python language host installs with pip only. "
            f"Let {toolchain} make the virtual environment, then set `toolchain: pip` and `virtualenv: .venv` (its "
            "folder) under `runtime.options`; or use the official Pulumi CLI with its own language host."
        )
        raise ProviderError(
            message,
            grpc.StatusCode.FAILED_PRECONDITION,
        )
    return RuntimeOptions(
        root=Path(info.root_directory),
        virtualenv=virtualenv or (PLUGIN_VIRTUALENV if plugin else ""),
        toolchain=toolchain,
        typechecker=_choice(options, "typechecker", TYPECHECKERS),
    )


def _text(options: Mapping[str, object], key: str) -> str:
    value = options.get(key, "")
    if not isinstance(value, str):
        raise _wrong(key, value, "a string")
    return value


def _choice(options: Mapping[str, object], key: str, allowed: tuple[str, ...]) -> str:
    value = _text(options, key)
    if value and value not in allowed:
        raise _wrong(key, value, "one of " + ", ".join(allowed))
    return value


def _wrong(key: str, value: object, allowed: str) -> ProviderError:
    return ProviderError(
        f"runtime option `{key}` is {value!r}: it must be {allowed}. Mend `runtime.options.{key}` in Pulumi.yaml.",
        grpc.StatusCode.INVALID_ARGUMENT,
    )
