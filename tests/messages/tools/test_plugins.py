"""The messages of the language host and of the random and command providers."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime.proto import language_pb2, provider_pb2

from plugins.language.environment import PythonEnvironment
from plugins.language.packages import required_packages
from plugins.language.runner import failure
from plugins.protocol.errors import ProviderError
from tests.messages.stories.book import assert_messages
from tests.plugins.command import service as command
from tests.plugins.language.hosting import Host, program_info, refusal, started_host
from tests.plugins.random import service as random
from tooling.plugin.properties import ASSET_SIGNATURE, UNKNOWN, Properties, Secret, Special, to_struct

Messages = list[tuple[str, str]]


class Provider:
    """The calls of one provider, with their errors."""

    def __init__(self, service: Any, urn: str) -> None:
        self._service = service
        self._urn = urn

    async def check(self, inputs: Properties) -> str:
        request = provider_pb2.CheckRequest(urn=self._urn, news=to_struct(inputs))
        failures = (await self._service.stub.Check(request)).failures
        assert failures
        return "\n".join(f"{failure.property}: {failure.reason}".removeprefix(": ") for failure in failures)

    async def error(self, method: str, request: Any) -> str:
        _, error = await self._service.call(method, request)
        assert error
        return str(error[1])

    async def create(self, inputs: Properties) -> str:
        return await self.error("Create", provider_pb2.CreateRequest(urn=self._urn, properties=to_struct(inputs)))

    async def refused(self, token: str) -> str:
        return await self.error("Check", provider_pb2.CheckRequest(urn=f"urn:pulumi:dev::homelab::{token}::one"))

    async def function(self, token: str) -> str:
        return await self.error("Invoke", provider_pb2.InvokeRequest(tok=token))


async def random_messages() -> Messages:
    async with random.served() as service:
        provider = Provider(service, random.URN)
        newer = to_struct({"result": "x", "__meta": '{"schema_version": "9"}'})
        config = provider_pb2.CheckRequest()
        config.news.update({"region": "moon"})
        return [
            ("random: another resource type", await provider.refused("random:index/randomPet:RandomPet")),
            ("random: a function", await provider.function("random:index:something")),
            ("random: no length", await provider.check({})),
            ("random: inputs of the wrong type", await provider.check({"length": "8", "upper": 1, "keepers": [1]})),
            ("random: a length that is too small", await provider.check({"length": 3, "minUpper": 4})),
            ("random: characters that are not ASCII", await provider.check({"length": 8, "overrideSpecial": "ä"})),
            (
                "random: no character to choose from",
                await provider.check({"length": 8, **dict.fromkeys(("upper", "lower", "numeric", "special"), False)}),
            ),
            (
                "random: number and numeric differ",
                await provider.check({"length": 8, "number": True, "numeric": False}),
            ),
            ("random: an unknown input in an update", await provider.create({"length": 8, "keepers": {"a": UNKNOWN}})),
            (
                "random: a state of a newer provider",
                await provider.error("Diff", provider_pb2.DiffRequest(urn=random.URN, olds=newer)),
            ),
            (
                "random: an unknown provider setting",
                (await service.stub.CheckConfig(config)).failures[0].reason,
            ),
        ]


async def command_messages(folder: Path) -> Messages:
    async with command.served() as service:
        provider = Provider(service, command.urn("local"))
        wrong: Properties = {"create": 1, "dir": [], "environment": {"TOKEN": ["x"]}, "logging": "all", "cmd": "x"}
        asset = Special(ASSET_SIGNATURE, {"path": "a"})
        secret: Properties = {"create": 'echo "token $TOKEN"; exit 3', "environment": {"TOKEN": Secret("hunter2")}}
        return [
            ("command: another resource type", await provider.refused("command:remote:Command")),
            ("command: a function", await provider.function("command:local:run")),
            ("command: wrong inputs", await provider.check(wrong)),
            ("command: files", await provider.check({"create": "x", "assetPaths": ["*"], "triggers": [asset]})),
            ("command: a failed command, with a secret in its output", await provider.create(secret)),
            ("command: a killed command", await provider.create({"create": "kill -TERM $$"})),
            ("command: no such interpreter", await provider.create({"create": "x", "interpreter": ["no-such-shell"]})),
            ("command: no such folder", await provider.create({"create": "x", "dir": str(folder / "none")})),
        ]


def option_messages(host: Host, folder: Path) -> Messages:
    def about(**options: object) -> str:
        request = language_pb2.AboutRequest(info=program_info(folder, **options))
        return refusal(lambda: host.stub.About(request))[1]

    (folder / "filled").mkdir()
    (folder / "filled" / "file").touch()
    return [
        ("language host: the toolchain poetry", about(toolchain="poetry")),
        ("language host: an unknown toolchain", about(toolchain="conda")),
        ("language host: a type checker", about(typechecker="mypy")),
        ("language host: an option of the wrong type", about(virtualenv=3)),
        ("language host: no virtual environment", about(virtualenv="none")),
        ("language host: a folder that is not a virtual environment", about(virtualenv="filled")),
    ]


def run_messages(host: Host, folder: Path) -> Messages:
    info = program_info(folder, virtualenv=sys.prefix)
    plugin = folder / "plugin"
    plugin.mkdir()
    (folder / "requirements.txt").write_text("./no-such-file.whl\n")
    long = language_pb2.RunRequest(info=info, stack="homelab", config={"homelab:apps": "x" * 9_000_000})
    debugged = language_pb2.RunRequest(info=info, attach_debugger=True)
    run_plugin = language_pb2.RunPluginRequest(info=program_info(plugin, virtualenv=sys.prefix))
    filled = program_info(folder, virtualenv="filled")

    def install(info: language_pb2.ProgramInfo) -> str:
        request = language_pb2.InstallDependenciesRequest(info=info)
        return refusal(lambda: host.stub.InstallDependencies(request))[1]

    return [
        ("language host: a stack config that is too long", refusal(lambda: host.stub.Run(long))[1]),
        ("language host: a debugger", host.stub.Run(debugged).error),
        ("language host: a plugin without a main file", refusal(lambda: host.stub.RunPlugin(run_plugin))[1]),
        ("language host: a failed installation", install(info)),
        ("language host: an installation into a folder with other files", install(filled)),
    ]


def unsupported_messages(host: Host) -> Messages:
    calls: list[tuple[str, Callable[[], object]]] = [
        ("project generation", lambda: host.stub.GenerateProject(language_pb2.GenerateProjectRequest())),
        ("SDK generation", lambda: host.stub.GeneratePackage(language_pb2.GeneratePackageRequest())),
        ("pulumi new", lambda: host.stub.Template(language_pb2.TemplateRequest())),
        ("packing", lambda: host.stub.Pack(language_pb2.PackRequest())),
        ("linking", lambda: host.stub.Link(language_pb2.LinkRequest())),
    ]
    (program,) = host.stub.GenerateProgram(language_pb2.GenerateProgramRequest()).source.values()
    return [
        ("language host: the code after `pulumi import`", program.decode()),
        *((f"language host: {name}", refusal(call)[1]) for name, call in calls),
    ]


def local_messages(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Messages:
    """Errors that need no host."""

    def error(failing: Callable[[], object]) -> str:
        with pytest.raises(ProviderError) as caught:
            failing()
        return caught.value.message

    broken = folder / "broken"
    broken.write_text("#!/bin/sh\necho 'error while loading shared libraries' >&2\nexit 127\n")
    broken.chmod(0o755)
    site = folder / "site"
    (site / "pulumi_acme-1.0.0.dist-info").mkdir(parents=True)
    (site / "pulumi_acme-1.0.0.dist-info" / "METADATA").write_text("Name: pulumi-acme\nVersion: 1.0.0\n")
    (site / "pulumi_acme").mkdir()
    (site / "pulumi_acme" / "pulumi-plugin.json").write_text("{")
    missing = ModuleNotFoundError("No module named 'nowhere'", name="nowhere")
    monkeypatch.setenv("PULUMI_PYTHON_CMD", "no-such-python")
    from plugins.language.environment import python_on_path

    return [
        ("language host: no Python", error(python_on_path)),
        ("language host: an interpreter that fails", error(PythonEnvironment(str(broken), folder).version)),
        ("language host: a broken plugin file", error(lambda: required_packages([site]))),
        ("language host: a program without one of its modules", failure(missing, folder / "__main__.py")),
    ]


async def test_every_message_of_the_plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    messages = [*await random_messages(), *await command_messages(tmp_path)]
    with started_host() as host:
        messages += [*option_messages(host, tmp_path), *run_messages(host, tmp_path), *unsupported_messages(host)]
    messages += local_messages(tmp_path, monkeypatch)

    replaced = {str(tmp_path): "FOLDER", f"{sys.prefix}/bin/python": "PYTHON", sys.executable: "PYTHON"}
    for text, placeholder in replaced.items():
        messages = [(title, message.replace(text, placeholder)) for title, message in messages]
    assert_messages("plugins", messages)
