"""The provider as the engine starts it: a process on a port of its own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from tests.checkout import CHECKOUT
from tests.waiting import PATIENCE_SECONDS


@pytest.fixture
def process() -> Iterator[subprocess.Popen[str]]:
    started = subprocess.Popen(
        [sys.executable, "-m", "plugins.kubernetes"],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    yield started
    started.kill()
    started.communicate()


def stub(process: subprocess.Popen[str]) -> provider_pb2_grpc.ResourceProviderStub:
    assert process.stdout
    port = process.stdout.readline().strip()
    return provider_pb2_grpc.ResourceProviderStub(grpc.insecure_channel(f"127.0.0.1:{port}"))


def test_it_reports_its_version(process: subprocess.Popen[str]) -> None:
    assert stub(process).GetPluginInfo(empty_pb2.Empty()).version == "4.34.2"


def test_it_does_not_implement_the_handshake(process: subprocess.Popen[str]) -> None:
    with pytest.raises(grpc.RpcError) as failure:
        stub(process).Handshake(provider_pb2.ProviderHandshakeRequest())

    assert failure.value.code() == grpc.StatusCode.UNIMPLEMENTED
    assert failure.value.details() == "method Handshake not implemented"


def test_the_schema_names_the_kinds_of_the_homelab_without_the_values_of_secrets(
    process: subprocess.Popen[str],
) -> None:
    schema = json.loads(stub(process).GetSchema(provider_pb2.GetSchemaRequest()).schema)

    assert "kubernetes:external-secrets.io/v1:ExternalSecret" in schema["resources"]
    for resource in schema["resources"].values():
        assert resource["inputProperties"].keys() == {"apiVersion", "kind", "metadata", "spec"}


def test_an_interrupt_ends_it_without_output(process: subprocess.Popen[str]) -> None:
    stub(process).GetPluginInfo(empty_pb2.Empty())

    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=PATIENCE_SECONDS)

    assert (process.returncode, output, errors) == (0, "", "")


def test_a_start_loads_neither_the_sdk_nor_an_http_client() -> None:
    program = (
        "import sys\n"
        "import tooling.plugin.sdk\n"
        "import plugins.kubernetes.provider.service\n"
        "print([n for n in ('pulumi.automation', 'opentelemetry', 'lightkube', 'httpx2', 'yaml') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=CHECKOUT, capture_output=True, text=True, check=False)

    assert (done.stdout, done.stderr) == ("[]\n", "")
