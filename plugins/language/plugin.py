"""Running a provider or a policy pack written in Python: `LanguageRuntime.RunPlugin`."""

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
    Run a `RunPluginRequest`'s plugin: its output as it comes, then its exit code.

    Closing the iterator ends the plugin and its group.

    :raises ProviderError: it cannot be started
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
    project = directory / "pyproject.toml"
    if project.is_file():
        import tomllib

        name = tomllib.loads(project.read_text()).get("project", {}).get("name")
        if name:
            return ["module", "pulumi.run.plugin", name, *request.args]
    message = (
        f"the plugin in {directory} cannot be run: it has neither a __main__.py nor a pyproject.toml with a "
        "`project.name`. Add one of them, or mend the plugin's `path` in Pulumi.yaml."
    )
    raise ProviderError(
        message,
        grpc.StatusCode.FAILED_PRECONDITION,
    )
