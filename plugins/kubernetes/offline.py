"""
`python -m plugins.kubernetes.offline <engine address>`: the provider without a cluster.

It previews unreviewed code on a temporary state. It checks and compares like the real provider. Each creation
succeeds, and each lookup finds its object.
"""

from __future__ import annotations

import tooling.plugin.sdk  # noqa: F401  (first: keeps the SDK itself from being loaded)

# isort: split
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import grpc.aio
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2

from plugins.kubernetes.__main__ import main
from plugins.kubernetes.config import Config
from plugins.kubernetes.objects.canonical import canonical
from plugins.kubernetes.objects.kubernetes_object import KubernetesObject
from plugins.kubernetes.objects.state import State, manager_for, read_state, write_state
from plugins.kubernetes.provider.service import KubernetesProvider
from plugins.protocol.errors import answers
from tooling.plugin.properties import Properties, Value, from_struct, to_struct


class OfflineKubernetesProvider(KubernetesProvider):
    """It reaches no cluster, even if the program names one."""

    def _configure(self, config: Config) -> None:
        super()._configure(replace(config, kubeconfig="", context="", cluster=""))

    @answers
    async def Create(
        self, request: provider_pb2.CreateRequest, context: grpc.aio.ServicerContext
    ) -> provider_pb2.CreateResponse:
        if request.preview:
            return provider_pb2.CreateResponse(properties=request.properties)
        id, state = _create(from_struct(request.properties))
        return provider_pb2.CreateResponse(id=id, properties=to_struct(state))

    @answers
    async def Read(
        self, request: provider_pb2.ReadRequest, context: grpc.aio.ServicerContext
    ) -> provider_pb2.ReadResponse:
        state = _read(from_struct(request.properties), from_struct(request.inputs))
        return provider_pb2.ReadResponse(id=request.id, properties=to_struct(state), inputs=request.inputs)

    @answers
    async def Update(
        self, request: provider_pb2.UpdateRequest, context: grpc.aio.ServicerContext
    ) -> provider_pb2.UpdateResponse:
        if request.preview:
            return provider_pb2.UpdateResponse(properties=request.news)
        state = _update(from_struct(request.olds), from_struct(request.news))
        return provider_pb2.UpdateResponse(properties=to_struct(state))

    @answers
    async def Delete(self, request: Any, context: grpc.aio.ServicerContext) -> empty_pb2.Empty:
        return empty_pb2.Empty()


def _create(news: Mapping[str, Value]) -> tuple[str, Properties]:
    """The id and the state of an object that becomes exactly its inputs."""
    inputs = KubernetesObject.from_properties(news)
    state = State(inputs, inputs, manager_for(inputs), inputs.api_version)
    return inputs.id, write_state(state, news)


def _update(olds: Mapping[str, Value], news: Mapping[str, Value]) -> Properties:
    """The state of an object that becomes exactly its new inputs."""
    old = read_state(olds)
    inputs = canonical(KubernetesObject.from_properties(news))
    state = State(inputs, inputs, manager_for(inputs, old), old.initial_api_version or inputs.api_version)
    return write_state(state, news)


def _read(state: Mapping[str, Value], inputs: Mapping[str, Value]) -> Properties:
    """The unchanged state: no one else writes to it."""
    old = read_state(state)
    known = KubernetesObject.from_properties(inputs)
    new = State(known, old.live, manager_for(known, old), old.initial_api_version or known.api_version)
    return write_state(new, state)


if __name__ == "__main__":
    main(OfflineKubernetesProvider)
