"""Runs a provider or a policy pack written in Python: `LanguageRuntime.RunPlugin`."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator
from pathlib import Path

import grpc
from pulumi.runtime.proto import language_pb2

from plugins.language.child import Children
from plugins.language.environment import find_environment
from plugins.language.options import read_options
from plugins.language.stream import output
from plugins.protocol.errors import ProviderError

ANALYZER = "analyzer"


async def run_plugin(
    request: language_pb2.RunPluginRequest, children: Children
) -> AsyncGenerator[language_pb2.RunPluginResponse]:
    """
    Run the plugin of a request. Yields its output, then its exit code.

    Closing the iterator ends the plugin and its group.

    :raises ProviderError: the plugin cannot start
    """
    python = find_environment(read_options(request.info, plugin=True))
    given = dict(variable.partition("=")[::2] for variable in request.env)
    async with children.started(
        python.interpreter,
        _command(request),
        directory=request.pwd or request.info.program_directory,
        environment=python.variables(dict(os.environ) | given),
        piped=True,
    ) as child:
        async for name, data in output(child):
            if name == "stdout":
                yield language_pb2.RunPluginResponse(stdout=data)
            else:
                yield language_pb2.RunPluginResponse(stderr=data)
        yield language_pb2.RunPluginResponse(exitcode=await child.wait())


def _command(request: language_pb2.RunPluginRequest) -> list[str]:
    directory = Path(request.info.program_directory)
    if request.kind == ANALYZER:
        return ["module", "pulumi.policy", *request.args, str(directory)]
    if (directory / "__main__.py").is_file():
        return ["directory", str(directory), *request.args]
    message = (
        f"Cannot run the plugin in {directory}: __main__.py not found. "
        "Fix: correct the plugin's `path` in Pulumi.yaml. "
        "A plugin that is an installed package needs the official Pulumi CLI."
    )
    raise ProviderError(message, grpc.StatusCode.FAILED_PRECONDITION)
