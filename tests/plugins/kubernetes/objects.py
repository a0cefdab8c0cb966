"""One resource from its creation to its deletion, in its own namespace."""

from __future__ import annotations

import copy
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from google.protobuf import struct_pb2
from pulumi.runtime.proto import provider_pb2

from sandbox.controlplane import ControlPlane
from tests.plugins.kubernetes.calling import Caller, urn
from tooling.plugin.properties import Properties, from_struct, to_struct

Manifest = dict[str, Any]


def fresh_namespace(cluster: ControlPlane) -> str:
    name = f"test-{uuid.uuid4().hex[:10]}"
    cluster.kubectl.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    return name


def config_map(namespace: str, name: str = "it", **data: str) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": namespace},
        "data": data or {"key": "value"},
    }


def external_secret(namespace: str, **annotations: str) -> Manifest:
    return {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "metadata": {"name": "it", "namespace": namespace, "annotations": annotations},
        "spec": {"secretStoreRef": {"name": "none", "kind": "ClusterSecretStore"}},
    }


def live(cluster: ControlPlane, kind: str, name: str, namespace: str | None = None) -> Manifest:
    """The object in the cluster, which exists."""
    found = cluster.kubectl.get(kind, name, namespace)
    assert found is not None
    return found


def token_of(manifest: Mapping[str, Any], suffix: str = "") -> str:
    api_version = manifest["apiVersion"]
    module = api_version if "/" in api_version else f"core/{api_version}"
    return f"kubernetes:{module}:{manifest['kind']}{suffix}"


@dataclass
class Made:
    """A resource as the engine knows it."""

    caller: Caller
    token: str
    inputs: Properties
    id: str = ""
    state: struct_pb2.Struct = field(default_factory=struct_pb2.Struct, repr=False)

    @property
    def urn(self) -> str:
        return urn(self.token)

    @property
    def outputs(self) -> Properties:
        return from_struct(self.state)

    async def check(self, olds: Properties | None = None) -> Properties:
        request = provider_pb2.CheckRequest(urn=self.urn, type=self.token, name="it", randomSeed=b"seed")
        request.olds.CopyFrom(to_struct(olds or {}))
        request.news.CopyFrom(to_struct(self.inputs))
        return from_struct((await self.caller.call("Check", request)).inputs)

    async def create(self, *, preview: bool = False, seconds: float = 0) -> Made:
        request = provider_pb2.CreateRequest(urn=self.urn, type=self.token, name="it", preview=preview, timeout=seconds)
        request.properties.CopyFrom(to_struct(self.inputs))
        answer = await self.caller.call("Create", request)
        self.id, self.state = answer.id, answer.properties
        return self

    async def update(
        self, inputs: Properties, *, preview: bool = False, seconds: float = 0, ignore: tuple[str, ...] = ()
    ) -> Properties:
        request = provider_pb2.UpdateRequest(
            id=self.id, urn=self.urn, type=self.token, name="it", preview=preview, timeout=seconds, olds=self.state
        )
        request.ignoreChanges.extend(ignore)
        request.news.CopyFrom(to_struct(inputs))
        answer = await self.caller.call("Update", request)
        if not preview:
            self.inputs, self.state = inputs, answer.properties
        return from_struct(answer.properties)

    async def diff(self, inputs: Properties, ignore: tuple[str, ...] = ()) -> provider_pb2.DiffResponse:
        request = provider_pb2.DiffRequest(id=self.id, urn=self.urn, type=self.token, olds=self.state)
        request.ignoreChanges.extend(ignore)
        request.news.CopyFrom(to_struct(inputs))
        answer: provider_pb2.DiffResponse = await self.caller.call("Diff", request)
        return answer

    async def read(self) -> provider_pb2.ReadResponse:
        request = provider_pb2.ReadRequest(id=self.id, urn=self.urn, type=self.token, properties=self.state)
        request.inputs.CopyFrom(to_struct(self.inputs))
        answer: provider_pb2.ReadResponse = await self.caller.call("Read", request)
        return answer

    async def delete(self, *, seconds: float = 0) -> None:
        request = provider_pb2.DeleteRequest(
            id=self.id, urn=self.urn, type=self.token, properties=self.state, timeout=seconds
        )
        await self.caller.call("Delete", request)


def resource(caller: Caller, manifest: Manifest, *, patch: bool = False) -> Made:
    return Made(caller, token_of(manifest, "Patch" if patch else ""), copy.deepcopy(manifest))
