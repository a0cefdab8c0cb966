"""The provider without a cluster: it answers as where objects are rendered, and writes no file."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pulumi.runtime.proto import provider_pb2

from plugins.kubernetes.offline import OfflineKubernetesProvider
from plugins.protocol.properties import from_struct, to_struct
from tests.plugins.kubernetes.calling import Caller
from tests.plugins.kubernetes.replaying import Replay, steps


@pytest.fixture
async def offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Caller]:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    caller = Caller(OfflineKubernetesProvider)
    await caller.configure(renderYamlToDirectory=str(tmp_path / "yaml"))
    yield caller
    await caller.close()


async def test_the_recorded_run_is_answered_alike_and_nothing_is_written(offline: Caller, tmp_path: Path) -> None:
    replay = Replay({}, offline)
    for name, calls in steps("render").items():
        assert await replay.play(calls) == [], name

    assert not (tmp_path / "yaml").exists()


async def test_an_object_of_others_is_found_as_it_is_looked_up(offline: Caller) -> None:
    inputs = to_struct({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "argocd"}})
    urn = "urn:pulumi:test::homelab::kubernetes:core/v1:Namespace::argocd"
    request = provider_pb2.ReadRequest(id="argocd", urn=urn, properties=inputs, inputs=inputs)
    answer = await offline.call("Read", request)

    assert answer.id == "argocd"
    assert from_struct(answer.inputs) == from_struct(inputs)
