"""
A resource monitor that keeps every registration as the program sent it, and answers as the real engine does.

Unlike the SDK's mocks it leaves the wire format alone: secret values become `Secret`, URNs follow
the engine's rule (the whole chain of parents' types, without the stack's), and a URN that is registered twice
is refused.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import resource_pb2

from tests.components.answers import Secret, made_up

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"

STACK_TYPE = "pulumi:pulumi:Stack"
STASH_TYPE = "pulumi:index:Stash"


@dataclass(frozen=True)
class Registration:
    """
    One resource as the program registered it, or read it where `read` is its id.

    `provider` is the URN of the provider that it was given, empty for the default one. `dependency_entries` counts
    those of its properties, too. `size` is in bytes, and `frames` are those of its stack trace.
    """

    urn: str
    type: str
    name: str
    parent: str
    inputs: dict[str, Any]
    protect: bool
    provider: str
    delete_before_replace: bool
    dependencies: frozenset[str]
    secret_outputs: frozenset[str]
    ignored_changes: frozenset[str]
    replaced_on: frozenset[str]
    custom: bool
    aliases: frozenset[str]
    read: str | None = None
    retained: bool = False
    dependency_entries: int = 0
    size: int = field(default=0, compare=False)
    frames: int = field(default=0, compare=False)
    version: str = ""


@dataclass
class Monitor:
    """
    `generated` are results of RandomPassword by resource name; `stashed` what stashes hold from earlier runs;
    `missing` the secrets in Infisical that have no value; `project` the spec of Argo CD's AppProject; `in_use` what
    RandomPasswords were generated with, by resource name, if that differs from the inputs; `existing` the answer of
    the function of that name, or one for each call.

    With `preview`, the outputs of new resources are unknown, as in the first preview.
    """

    generated: Mapping[str, str]
    stashed: Mapping[str, Any] = field(default_factory=dict)
    missing: Collection[str] = ()
    project: Mapping[str, Any] | None = None
    in_use: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    preview: bool = False
    existing: Mapping[str, Any] | Sequence[Mapping[str, Any]] = field(default_factory=dict)
    registrations: dict[str, Registration] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    made_at_random: dict[str, str] = field(default_factory=dict)
    logged: list[str] = field(default_factory=list)
    invoked: list[tuple[dict[str, Any], str, int]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def RegisterResource(self, request: Any) -> Any:
        kept = self._keep(request)
        answer = struct_pb2.Struct()
        answer.CopyFrom(request.object)
        for output, value in made_up(kept.type, kept.name, kept.inputs, self.generated, self.missing).items():
            answer[output] = self._encoded(value)
            if kept.type.startswith("random:") and output == "result":
                self.made_at_random[kept.name] = value.value
        for name, value in self.in_use.get(kept.name, {}).items() if kept.type.startswith("random:") else ():
            answer[name] = value
        if request.type == STASH_TYPE:
            stashed = self.stashed.get(request.name)
            answer["output"] = request.object["input"] if stashed is None else _marked(stashed)
        identity = "" if self.preview or not request.custom else f"{request.name}-id"
        return resource_pb2.RegisterResourceResponse(urn=kept.urn, id=identity, object=answer)

    def ReadResource(self, request: Any) -> Any:
        kept = self._keep(request, read=request.id)
        found = struct_pb2.Struct()
        found.CopyFrom(request.properties)
        if kept.type.endswith(":AppProject") and self.project is not None:
            found["spec"] = self.project
        return resource_pb2.ReadResourceResponse(urn=kept.urn, properties=found)

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

    def Invoke(self, request: Any) -> Any:
        assert request.tok == "infisical:index:existing"
        self.invoked.append((decoded(request.args), request.provider.rpartition("::")[0], len(self.registrations)))
        answer = struct_pb2.Struct()
        nothing = {
            "objects": [],
            "missingProjects": [],
            "missingFields": [],
            "missingObjects": [],
            "ofOtherStacks": [],
            "changed": [],
            "endingNamespaces": [],
            "unreachable": "",
        }
        given = self.existing if isinstance(self.existing, Mapping) else self.existing[len(self.invoked) - 1]
        answer.update({**nothing, **given})
        return resource_pb2.ResourceInvokeResponse(**{"return": answer})

    def RegisterPackage(self, _: Any) -> Any:
        return resource_pb2.RegisterPackageResponse(ref="package")

    def SignalAndWaitForShutdown(self, _: Any) -> Any:
        return empty_pb2.Empty()

    def Log(self, request: Any) -> Any:
        """The engine's half that the program talks to."""
        self.logged.append(request.message)
        return empty_pb2.Empty()

    def _keep(self, request: Any, *, read: str | None = None) -> Registration:
        _, _, parent_types, _ = request.parent.split("::", 3) if request.parent else ("", "", STACK_TYPE, "")
        chain = request.type if parent_types == STACK_TYPE else f"{parent_types}${request.type}"
        urn = f"urn:pulumi:homelab::homelab::{chain}::{request.name}"
        kept = Registration(
            urn=urn,
            type=request.type,
            name=request.name,
            parent=request.parent,
            inputs=decoded(request.properties if read else request.object),
            protect=not read and request.protect,
            provider=request.provider.rpartition("::")[0],
            delete_before_replace=not read and request.deleteBeforeReplace,
            dependencies=frozenset(request.dependencies),
            secret_outputs=frozenset(request.additionalSecretOutputs),
            ignored_changes=frozenset(() if read else request.ignoreChanges),
            replaced_on=frozenset(() if read else request.replaceOnChanges),
            custom=bool(read) or request.custom,
            aliases=frozenset(() if read else (alias.spec.name for alias in request.aliases)),
            read=read,
            retained=not read and request.retainOnDelete,
            dependency_entries=len(request.dependencies) + (0 if read else _property_dependencies(request)),
            size=request.ByteSize(),
            frames=len(request.stackTrace.frames),
            version=request.version,
        )
        with self._lock:
            if urn in self.registrations:
                message = f"Duplicate resource URN {urn!r}"
                raise RuntimeError(message)
            self.registrations[urn] = kept
        return kept

    def _encoded(self, value: Any) -> Any:
        if isinstance(value, Secret):
            return _marked(self._encoded(value.value))
        return UNKNOWN if self.preview else value


def _property_dependencies(request: Any) -> int:
    return sum(len(each.urns) for each in request.propertyDependencies.values())


def _marked(value: Any) -> dict[str, Any]:
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
