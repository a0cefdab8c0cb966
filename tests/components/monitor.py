"""
A resource monitor that keeps every registration as the program sent it, and answers as the real engine does.

Unlike the SDK's mocks it leaves the wire format alone: what was marked secret is seen as `Secret`, URNs follow
the engine's rule (the whole chain of parents' types, without the stack's), and a URN that is registered twice
is refused.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import resource_pb2

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"

STACK_TYPE = "pulumi:pulumi:Stack"
PASSWORD_TYPE = "random:index/randomPassword:RandomPassword"
STASH_TYPE = "pulumi:index:Stash"


@dataclass(frozen=True)
class Secret:
    """A value that the program marked as secret."""

    value: Any


@dataclass(frozen=True)
class Registration:
    """One resource as the program registered it, or read it where `read` is its id."""

    urn: str
    type: str
    name: str
    parent: str
    inputs: dict[str, Any]
    protect: bool
    dependencies: frozenset[str]
    secret_outputs: frozenset[str]
    custom: bool
    read: str | None = None


@dataclass
class Monitor:
    """
    `generated` are the results of RandomPassword by resource name; `stashed` what stashes hold from earlier runs.

    With `preview` set, whatever a provider makes up on creation is unknown, as in the first preview.
    """

    generated: Mapping[str, str]
    stashed: Mapping[str, str] = field(default_factory=dict)
    preview: bool = False
    registrations: dict[str, Registration] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    logged: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def RegisterResource(self, request: Any) -> Any:
        urn = self._keep(
            request, custom=request.custom, protect=request.protect, secrets=request.additionalSecretOutputs
        )
        answer = struct_pb2.Struct()
        answer.CopyFrom(request.object)
        if request.type == PASSWORD_TYPE:
            answer["result"] = self._secret(UNKNOWN if self.preview else self.generated[request.name])
        elif request.type == STASH_TYPE and request.name in self.stashed:
            answer["output"] = self._secret(self.stashed[request.name])
        elif request.type == STASH_TYPE:
            answer["output"] = request.object["input"]
        identity = "" if self.preview or not request.custom else f"{request.name}-id"
        return resource_pb2.RegisterResourceResponse(urn=urn, id=identity, object=answer)

    def ReadResource(self, request: Any) -> Any:
        urn = self._keep(request, custom=True, protect=False, secrets=request.additionalSecretOutputs, read=request.id)
        return resource_pb2.ReadResourceResponse(urn=urn, properties=request.properties)

    def RegisterResourceOutputs(self, request: Any) -> Any:
        if request.urn.split("::")[2] == STACK_TYPE:
            self.outputs.update(decoded(request.outputs))
        return empty_pb2.Empty()

    def GetDeploymentInfo(self, _: Any) -> Any:
        return resource_pb2.DeploymentInfo(
            supportedFeatures=[
                resource_pb2.RESOURCE_MONITOR_FEATURE_SECRETS,
                resource_pb2.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
                resource_pb2.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
                resource_pb2.RESOURCE_MONITOR_FEATURE_TRANSFORMS,
            ]
        )

    def RegisterPackage(self, _: Any) -> Any:
        return resource_pb2.RegisterPackageResponse(ref="package")

    def SignalAndWaitForShutdown(self, _: Any) -> Any:
        return empty_pb2.Empty()

    def Log(self, request: Any) -> Any:
        """The engine's half that the program talks to."""
        self.logged.append(request.message)
        return empty_pb2.Empty()

    def _keep(self, request: Any, *, custom: bool, protect: bool, secrets: Any, read: str | None = None) -> str:
        _, _, parent_types, _ = request.parent.split("::", 3) if request.parent else ("", "", STACK_TYPE, "")
        chain = request.type if parent_types == STACK_TYPE else f"{parent_types}${request.type}"
        urn = f"urn:pulumi:homelab::homelab::{chain}::{request.name}"
        kept = Registration(
            urn=urn,
            type=request.type,
            name=request.name,
            parent=request.parent,
            inputs=decoded(request.properties if read else request.object),
            protect=protect,
            dependencies=frozenset(request.dependencies),
            secret_outputs=frozenset(secrets),
            custom=custom,
            read=read,
        )
        with self._lock:
            if urn in self.registrations:
                message = f"Duplicate resource URN {urn!r}"
                raise RuntimeError(message)
            self.registrations[urn] = kept
        return urn

    @staticmethod
    def _secret(value: str) -> dict[str, str]:
        return {SIGNATURE: SECRET, "value": value}


def decoded(properties: struct_pb2.Struct) -> dict[str, Any]:
    """A wire-format mapping, with `Secret` for each value that is marked as one."""
    opened = _opened(json_format.MessageToDict(properties))
    assert isinstance(opened, dict)
    return opened


def _opened(value: Any) -> Any:
    match value:
        case {"4dabf18193072939515e22adb298388d": mark, "value": inner} if mark == SECRET:
            return Secret(_opened(inner))
        case dict():
            return {key: _opened(item) for key, item in value.items()}
        case list():
            return [_opened(item) for item in value]
        case float() if value.is_integer():
            return int(value)
        case _:
            return value
