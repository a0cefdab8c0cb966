"""The service `pulumirpc.LanguageRuntime`."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from typing import NoReturn

import grpc
from google.protobuf import empty_pb2, json_format
from google.protobuf.message import Message
from grpc.aio import ServicerContext
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2

from plugins.language.child import Children
from plugins.language.environment import find_environment
from plugins.language.install import install_dependencies
from plugins.language.options import RuntimeOptions, read_options
from plugins.language.packages import distribution_version, required_packages
from plugins.language.plugin import run_plugin
from plugins.language.program import run_program
from plugins.protocol.errors import ProviderError, answers
from tooling.plugin.engine_log import EngineLog

NO_DEBUGGER = (
    "This Python language host has no debugger. Fix: run the command without --attach-debugger, "
    "or use the official Pulumi CLI with its own language host."
)
NO_CODE = (
    "This Python language host generates no code. Fix: declare the imported resources in the program, or generate the "
    "code with the official Pulumi CLI."
)
SDK_LOCATION = Path(language_pb2.__file__).parents[3]
"""The folder with the installed SDK."""

TOOLCHAIN_NAMES = {"": "Auto", "pip": "Pip"}


class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    """
    The servicer.

    :param engine: the address of the engine's own service; None until the handshake
    :param children: keeps the processes that it starts
    """

    def __init__(self, engine: str | None, children: Children) -> None:
        self._engine = engine
        self._children = children

    @answers
    async def Handshake(
        self, request: language_pb2.LanguageHandshakeRequest, context: ServicerContext
    ) -> language_pb2.LanguageHandshakeResponse:
        self._engine = request.engine_address
        return language_pb2.LanguageHandshakeResponse()

    @answers
    async def GetPluginInfo(self, request: empty_pb2.Empty, context: ServicerContext) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=distribution_version([SDK_LOCATION], "pulumi") or "")

    @answers
    async def GetRequiredPackages(
        self, request: language_pb2.GetRequiredPackagesRequest, context: ServicerContext
    ) -> language_pb2.GetRequiredPackagesResponse:
        options = read_options(request.info)
        await self._create_missing_environment(options, Path(request.info.program_directory))
        found = required_packages(find_environment(options).package_directories())
        response = language_pb2.GetRequiredPackagesResponse()
        for package in found:
            message = response.packages.add(
                kind="resource", name=package.name, version=package.version, server=package.server
            )
            if package.parameterization:
                message.parameterization.name = package.parameterization.name
                message.parameterization.version = package.parameterization.version
                message.parameterization.value = package.parameterization.value
        return response

    async def _create_missing_environment(self, options: RuntimeOptions, directory: Path) -> None:
        path = options.virtualenv_path
        if path is None or (path.is_dir() and any(path.iterdir())):
            return
        log = EngineLog(self._engine)
        async for _, data in install_dependencies(options, directory, self._children):
            await log.status(data.decode(errors="replace"))

    @answers
    async def Run(self, request: language_pb2.RunRequest, context: ServicerContext) -> language_pb2.RunResponse:
        if request.attach_debugger:
            return language_pb2.RunResponse(error=NO_DEBUGGER)
        return await run_program(request, self._engine, self._children)

    # These methods write to the context: a cancelled call would leave a generator unfinished.
    async def RunPlugin(  # type: ignore[override]
        self, request: language_pb2.RunPluginRequest, context: ServicerContext
    ) -> None:
        async with _refusals(context):
            if request.attach_debugger:
                raise ProviderError(NO_DEBUGGER, grpc.StatusCode.UNIMPLEMENTED)
            await _send(run_plugin(request, self._children), context)

    async def InstallDependencies(  # type: ignore[override]
        self, request: language_pb2.InstallDependenciesRequest, context: ServicerContext
    ) -> None:
        async with _refusals(context):
            options = read_options(request.info, plugin=request.is_plugin)
            directory = Path(request.info.program_directory)
            pieces = install_dependencies(options, directory, self._children)
            await _send((_installing(*piece) async for piece in pieces), context)

    @answers
    async def About(self, request: language_pb2.AboutRequest, context: ServicerContext) -> language_pb2.AboutResponse:
        options = read_options(request.info)
        python = find_environment(options)
        metadata = {
            "toolchain": TOOLCHAIN_NAMES[options.toolchain],
            "typechecker": "None",
        }
        pip = distribution_version(python.package_directories(), "pip")
        if pip:
            metadata["toolchainVersion"] = pip
        return language_pb2.AboutResponse(executable=python.interpreter, version=python.version(), metadata=metadata)

    @answers
    async def GetProgramDependencies(
        self, request: language_pb2.GetProgramDependenciesRequest, context: ServicerContext
    ) -> language_pb2.GetProgramDependenciesResponse:
        python = find_environment(read_options(request.info))
        scope = [] if request.transitiveDependencies else ["--not-required"]
        # Only pip knows which packages no other package requires. It is slow, but only `pulumi about` asks.
        pip = await asyncio.create_subprocess_exec(
            python.interpreter,
            *("-m", "pip", "list", "--format=json", "--disable-pip-version-check", *scope),
            env=python.variables(os.environ),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        listed, problem = await pip.communicate()
        if pip.returncode != 0:
            message = f"`{python.interpreter} -m pip list` failed: {problem.decode(errors='replace').strip()}"
            raise ProviderError(message)
        response = language_pb2.GetProgramDependenciesResponse()
        json_format.Parse(b'{"dependencies": %b}' % listed, response, ignore_unknown_fields=True)
        return response

    @answers
    async def Cancel(self, request: empty_pb2.Empty, context: ServicerContext) -> empty_pb2.Empty:
        self._children.interrupt()
        return empty_pb2.Empty()

    @answers
    async def GetRequiredPlugins(
        self, request: language_pb2.GetRequiredPluginsRequest, context: ServicerContext
    ) -> NoReturn:
        raise _not_supported("GetRequiredPlugins", "call GetRequiredPackages.")

    @answers
    async def RuntimeOptionsPrompts(
        self, request: language_pb2.RuntimeOptionsRequest, context: ServicerContext
    ) -> NoReturn:
        raise _not_supported("project templates", "create the project with the official Pulumi CLI, or by hand.")

    @answers
    async def Template(self, request: language_pb2.TemplateRequest, context: ServicerContext) -> NoReturn:
        raise _not_supported("project templates", "create the project with the official Pulumi CLI, or by hand.")

    @answers
    async def GenerateProgram(
        self, request: language_pb2.GenerateProgramRequest, context: ServicerContext
    ) -> language_pb2.GenerateProgramResponse:
        # `pulumi import` asks for code when the import is complete: an error would make it look like a failure.
        await EngineLog(self._engine).warning(NO_CODE)
        return language_pb2.GenerateProgramResponse(source={"__main__.py": f"# {NO_CODE}\n".encode()})

    @answers
    async def GenerateProject(self, request: language_pb2.GenerateProjectRequest, context: ServicerContext) -> NoReturn:
        raise _not_supported(
            "project generation", "convert with the official Pulumi CLI, or write the project by hand."
        )

    @answers
    async def GeneratePackage(self, request: language_pb2.GeneratePackageRequest, context: ServicerContext) -> NoReturn:
        raise _not_supported(
            "SDK generation",
            "add the published SDK (pulumi-<provider>) to requirements.txt and run `pulumi install`, or generate one "
            "with the official Pulumi CLI.",
        )

    @answers
    async def Pack(self, request: language_pb2.PackRequest, context: ServicerContext) -> NoReturn:
        raise _not_supported("packing", "build the wheel with `python -m build` in the package's folder.")

    @answers
    async def Link(self, request: language_pb2.LinkRequest, context: ServicerContext) -> NoReturn:
        raise _not_supported("linking", "add the package's folder to requirements.txt and run `pulumi install`.")


def _installing(name: str, data: bytes) -> language_pb2.InstallDependenciesResponse:
    if name == "stdout":
        return language_pb2.InstallDependenciesResponse(stdout=data)
    return language_pb2.InstallDependenciesResponse(stderr=data)


def _not_supported(what: str, fix: str) -> ProviderError:
    message = f"This Python language host does not support {what}. Fix: {fix}"
    return ProviderError(message, grpc.StatusCode.UNIMPLEMENTED)


@contextlib.asynccontextmanager
async def _refusals(context: ServicerContext) -> AsyncIterator[None]:
    try:
        yield
    except ProviderError as error:
        await context.abort(error.code, error.message)


async def _send(messages: AsyncGenerator[Message], context: ServicerContext) -> None:
    # Closing the iterator ends its process, which must not wait for a garbage collection.
    async with contextlib.aclosing(messages) as closing:
        async for message in closing:
            await context.write(message)
