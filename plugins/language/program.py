"""Runs a program: `LanguageRuntime.Run`."""

from __future__ import annotations

import errno
import json
import os
import signal
from typing import Final

import grpc
from pulumi.runtime.proto import language_pb2

from plugins.language.child import Children
from plugins.language.environment import find_environment
from plugins.language.options import read_options
from plugins.language.runner import ERROR_WAS_SHOWN
from plugins.protocol.errors import ProviderError

LARGEST_CONFIG: Final = 131_072 - len("PULUMI_CONFIG=") - 1
"""Bytes as JSON. Linux starts no program with a longer environment variable."""


async def run_program(
    request: language_pb2.RunRequest, engine: str | None, children: Children
) -> language_pb2.RunResponse:
    """
    Run the program of a request to its end. It writes to the host's stdout and stderr.

    :param engine: the address of the engine's own service
    :raises ProviderError: the program cannot start
    """
    python = find_environment(read_options(request.info))
    settings = {
        "monitor": request.monitor_address or None,
        "engine": engine,
        "project": request.project,
        "stack": request.stack,
        "organization": request.organization,
        "parallel": request.parallel,
        "dry_run": request.dryRun,
        "root_directory": request.info.root_directory,
    }
    # In the environment, because every user of the machine can read process arguments.
    config = {
        "PULUMI_CONFIG": json.dumps(dict(request.config), separators=(",", ":")),
        "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(request.configSecretKeys)),
    }
    try:
        async with children.started(
            python.interpreter,
            ["program", json.dumps(settings), request.info.entry_point or ".", *request.args],
            directory=request.pwd or request.info.program_directory,
            environment=python.variables(os.environ) | config,
        ) as child:
            code = await child.wait()
            return _answer(code, interrupted=child.interrupted)
    except OSError as error:
        size = len(config["PULUMI_CONFIG"])
        if error.errno != errno.E2BIG or size <= LARGEST_CONFIG:
            raise
        raise _too_large(request.stack, size) from error


def _too_large(stack: str, size: int) -> ProviderError:
    return ProviderError(
        f"Cannot start the program: its stack config (Pulumi.{stack}.yaml) has {size:,} bytes as JSON. Pulumi passes "
        f"it in one environment variable, and Linux allows {LARGEST_CONFIG:,} bytes there; the official language "
        "host has the same limit. Fix: move apps from homelab:apps to files, one for each app: "
        "docs/how-to/add-an-app.md#apps-in-files.",
        grpc.StatusCode.FAILED_PRECONDITION,
    )


def _answer(code: int, *, interrupted: bool) -> language_pb2.RunResponse:
    if code == 0:
        return language_pb2.RunResponse()
    # `bail` stops the deployment without another message.
    if code == ERROR_WAS_SHOWN or interrupted:
        return language_pb2.RunResponse(bail=True)
    if code < 0:
        return language_pb2.RunResponse(error=f"program was killed by {signal.Signals(-code).name}")
    return language_pb2.RunResponse(error=f"program exited with non-zero exit code: {code}")
