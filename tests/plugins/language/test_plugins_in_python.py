"""Providers and policy packs written in Python, which the real engine runs through the host."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from tests.plugins.language.engine import Engine
from tests.plugins.language.hosting import is_running
from tests.waiting import eventually

MakeProject = Callable[..., Path]

ECHO_PROVIDER = """
import os, pathlib, sys
from pulumi.provider.experimental import provider
from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.provider.experimental.server import main

class Echo(provider.Provider):
    async def check(self, request):
        return provider.CheckResponse(inputs=request.new_inputs)
    async def diff(self, request):
        return provider.DiffResponse(changes=False)
    async def create(self, request):
        text = request.properties["text"].value
        return provider.CreateResponse("echo-1", {"text": PropertyValue(text), "echo": PropertyValue(text * 2)})
    async def delete(self, request):
        pass

(pathlib.Path(__file__).parent / "pids").open("a").write(f"{os.getpid()}\\n")
main(sys.argv[1:], "0.1.0", Echo())
"""

ECHO_PROGRAM = """
import pulumi

class Echo(pulumi.CustomResource):
    echo: pulumi.Output[str]
    def __init__(self, name, text, opts=None):
        super().__init__("echo:index:Echo", name, {"text": text, "echo": None}, opts)

pulumi.export("echo", Echo("one", "hi ").echo)
"""

POLICY_PACK = """
import sys
from concurrent import futures
import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc, plugin_pb2

class Pack(analyzer_pb2_grpc.AnalyzerServicer):
    def GetPluginInfo(self, request, context):
        return plugin_pb2.PluginInfo(version="1.0.0")
    def GetAnalyzerInfo(self, request, context):
        policy = analyzer_pb2.PolicyInfo(name="no-parts", enforcementLevel=analyzer_pb2.MANDATORY)
        return analyzer_pb2.AnalyzerInfo(name="house-rules", version="1.0.0", policies=[policy])
    def ConfigureStack(self, request, context):
        return analyzer_pb2.AnalyzerStackConfigureResponse()
    def Configure(self, request, context):
        return empty_pb2.Empty()
    def Analyze(self, request, context):
        found = []
        if request.type == "trial:index:Part":
            found.append(analyzer_pb2.AnalyzeDiagnostic(
                policyName="no-parts", policyPackName="house-rules", policyPackVersion="1.0.0",
                message="parts are not allowed here", enforcementLevel=analyzer_pb2.MANDATORY, urn=request.urn,
            ))
        return analyzer_pb2.AnalyzeResponse(diagnostics=found)
    def AnalyzeStack(self, request, context):
        return analyzer_pb2.AnalyzeResponse()

server = grpc.server(futures.ThreadPoolExecutor())
analyzer_pb2_grpc.add_AnalyzerServicer_to_server(Pack(), server)
port = server.add_insecure_port("127.0.0.1:0")
server.start()
print(port, flush=True)
server.wait_for_termination()
"""


ECHO_PLUGIN = "plugins: {providers: [{name: echo, path: ./echo}]}\n"


def write_echo_provider(project: Path, source: str, virtualenv: str = sys.prefix) -> Path:
    """Create the folder that `ECHO_PLUGIN` names, and return it."""
    folder = project / "echo"
    folder.mkdir()
    (folder / "__main__.py").write_text(source)
    (folder / "PulumiPlugin.yaml").write_text(f"runtime: {{name: python, options: {{virtualenv: {virtualenv}}}}}\n")
    return folder


def test_a_provider_creates_resources_and_ends_with_each_command(engine: Engine, project: MakeProject) -> None:
    folder = project(ECHO_PROGRAM, extra=ECHO_PLUGIN)
    provider = write_echo_provider(folder, ECHO_PROVIDER)

    first = engine.up(folder)
    second = engine.run(folder, "preview", "--expect-no-changes")

    assert (first.code, second.code) == (0, 0), first.output + second.output
    assert engine.outputs() == {"echo": "hi hi "}
    started = [int(pid) for pid in (provider / "pids").read_text().split()]
    assert len(started) >= 2
    eventually(lambda: not any(map(is_running, started)), "the provider is gone")


def test_a_provider_that_prints_its_port_without_a_flush_does_not_hang(engine: Engine, project: MakeProject) -> None:
    folder = project(ECHO_PROGRAM, extra=ECHO_PLUGIN)
    lazy = "import sys\nsys.stdout.flush = sys.stdout.buffer.flush = lambda: None\n"
    write_echo_provider(folder, lazy + ECHO_PROVIDER)

    done = engine.up(folder)

    assert done.code == 0, done.output
    assert engine.outputs() == {"echo": "hi hi "}


def test_a_provider_without_its_virtual_environment_reports_the_fix(engine: Engine, project: MakeProject) -> None:
    folder = project(ECHO_PROGRAM, extra=ECHO_PLUGIN)
    write_echo_provider(folder, ECHO_PROVIDER, virtualenv="../nowhere")

    done = engine.up(folder)

    assert done.code != 0
    assert "Runtime option `virtualenv`: found '../nowhere'" in done.output
    assert "Fix: run `pulumi install`" in done.output


def test_a_policy_pack_can_refuse_a_resource(engine: Engine, project: MakeProject) -> None:
    folder = project("import pulumi\npulumi.ComponentResource('trial:index:Part', 'one')\n")
    pack = folder / "pack"
    pack.mkdir()
    (pack / "__main__.py").write_text(POLICY_PACK)
    options = f"{{name: python, options: {{virtualenv: {sys.prefix}}}}}"
    (pack / "PulumiPolicy.yaml").write_text(f"runtime: {options}\nversion: 1.0.0\n")

    done = engine.run(folder, "preview", "--policy-pack", "pack")

    assert done.code != 0
    assert "parts are not allowed here" in done.output


def test_a_dynamic_provider_is_refused_in_one_line(engine: Engine, project: MakeProject) -> None:
    folder = project(
        "import pulumi.dynamic\n"
        "class Thing(pulumi.dynamic.Resource): pass\n"
        "Thing(pulumi.dynamic.ResourceProvider(), 'one', {})\n"
    )

    done = engine.up(folder)

    assert done.code != 0
    assert "pulumi-resource-pulumi-python" in done.output


def test_a_failed_resource_ends_the_program_without_a_message_about_the_interrupt(
    engine: Engine, project: MakeProject
) -> None:
    """After a failed update the engine interrupts the host, while the program still waits."""
    folder = project(ECHO_PROGRAM, extra=ECHO_PLUGIN)
    write_echo_provider(folder, ECHO_PROVIDER.replace('text = request.properties["text"].value', "1 / 0"))

    done = engine.up(folder)

    assert done.code == 1
    assert "division by zero" in done.output
    assert "error: update failed" in done.output
    assert "KeyboardInterrupt" not in done.output
    assert "runner.py" not in done.output
