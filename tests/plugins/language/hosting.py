"""The language host as a real process, called over gRPC as the engine does."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc
import psutil
from pulumi.runtime.proto import language_pb2, language_pb2_grpc

from tests.checkout import CHECKOUT
from tests.waiting import PATIENCE_SECONDS

ENGINE = "127.0.0.1:1"
"""Nothing listens there."""


@dataclass(frozen=True)
class Host:
    """A running host: its process and a client."""

    process: subprocess.Popen[str]
    stub: language_pb2_grpc.LanguageRuntimeStub


@contextmanager
def started_host(*flags: str, **variables: str) -> Iterator[Host]:
    """Start a host with these flags; it ends with the block. Its engine does not exist."""
    process = subprocess.Popen(
        [sys.executable, "-m", "plugins.language", *flags, ENGINE],
        cwd="/",
        env=os.environ | {"PYTHONPATH": str(CHECKOUT)} | variables,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout
        port = int(process.stdout.readline())
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield Host(process, language_pb2_grpc.LanguageRuntimeStub(channel))
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE_SECONDS)


def program_info(directory: Path, **options: object) -> language_pb2.ProgramInfo:
    """Return the engine's description of the program or plugin in `directory`, with its runtime options."""
    info = language_pb2.ProgramInfo(root_directory=str(directory), program_directory=str(directory), entry_point=".")
    info.options.update(options)
    return info


def refusal(call: Callable[[], object]) -> tuple[grpc.StatusCode, str]:
    """Return the code and the text of a failing call. Streams are read to their end."""
    try:
        answer = call()
        if isinstance(answer, Iterator):
            list(answer)
    except grpc.RpcError as error:
        return error.code(), error.details()
    raise AssertionError("the call succeeded")


def is_running(pid: int) -> bool:
    """Whether the process exists and has not ended."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
