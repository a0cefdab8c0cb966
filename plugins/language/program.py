"""Running a program: `LanguageRuntime.Run`."""

from __future__ import annotations

import errno
import json
import os
import re
import signal
from pathlib import Path

import grpc
from pulumi.runtime.proto import language_pb2

from plugins.language.child import Children
from plugins.language.environment import PythonEnvironment, find_environment
from plugins.language.options import RuntimeOptions, read_options
from plugins.language.packages import distribution_version
from plugins.language.runner import ERROR_WAS_SHOWN
from plugins.protocol.errors import ProviderError


async def run_program(
    request: language_pb2.RunRequest, engine: str | None, children: Children
) -> language_pb2.RunResponse:
    """
    Run a `RunRequest`'s program to its end; its output goes where the host's own goes.

    :param engine: the address of the engine's own service
    :raises ProviderError: it cannot be started, or its type checker found errors
    """
    options = read_options(request.info)
    python = find_environment(options)
    if options.typechecker:
        await _check_types(options, python, Path(request.info.program_directory), children)

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
    # The config travels in the environment: process arguments can be read by everyone on the machine.
    config = {
        "PULUMI_CONFIG": json.dumps(dict(request.config)),
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
        if error.errno != errno.E2BIG:
            raise
        raise _too_long(request.stack, len(config["PULUMI_CONFIG"])) from error


def _too_long(stack: str, size: int) -> ProviderError:
    return ProviderError(
        f"the program cannot be started: its stack config (Pulumi.{stack}.yaml) is {size:,} characters long as JSON, "
        "more than this system lets a process have in its environment; Linux ends at 131,071 for one variable. The "
        "official language host hands it over in the same way. Take out what is not needed, or make a part of it a "
        "stack of its own, and run the command again.",
        grpc.StatusCode.FAILED_PRECONDITION,
    )


def _answer(code: int, *, interrupted: bool) -> language_pb2.RunResponse:
    if code == 0:
        return language_pb2.RunResponse()
    # `bail` stops the deployment without another message.
    if code == ERROR_WAS_SHOWN or interrupted:
        return language_pb2.RunResponse(bail=True)
    if code < 0:
        return language_pb2.RunResponse(error=f"program was ended by {signal.Signals(-code).name}")
    return language_pb2.RunResponse(error=f"program exited with non-zero exit code: {code}")


async def _check_types(options: RuntimeOptions, python: PythonEnvironment, program: Path, children: Children) -> None:
    checker = options.typechecker
    if distribution_version(python.package_directories(), checker) is None:
        message = (
            f"runtime option `typechecker` is {checker!r}, but {checker} is not installed for {python.interpreter}. "
            f"Name {checker} in requirements.txt and run `pulumi install`, or remove the option."
        )
        raise ProviderError(
            message,
            grpc.StatusCode.FAILED_PRECONDITION,
        )
    arguments = [str(program)]
    if checker == "mypy" and python.virtualenv:
        arguments = ["--exclude", f"^{re.escape(str(python.virtualenv))}/", *arguments]
    async with children.started(
        python.interpreter,
        ["module", checker, *arguments],
        directory=str(program),
        environment=python.variables(os.environ),
    ) as child:
        code = await child.wait()
    if code != 0:
        message = (
            f"{checker} found errors in {program} (exit code {code}); its output is above. "
            "Mend them, or remove `runtime.options.typechecker` from Pulumi.yaml."
        )
        raise ProviderError(message)
