"""
A recorded run, call for call, against a real API server.

The recorded states hold uids, versions and field managers of a different cluster. In the requests, the state that
this provider returned replaces them. Answers are compared without those parts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from google.protobuf import json_format, struct_pb2
from pulumi.runtime.proto import provider_pb2

from tests.plugins.kubernetes.calling import Caller, CallFailed
from tests.plugins.recordings import Call, load
from tests.waiting import PATIENCE_SECONDS

MANAGER = re.compile(r"pulumi-kubernetes-[0-9a-f]{8}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")

STATE_FIELDS = {"Diff": "olds", "Update": "olds", "Read": "properties", "Delete": "properties"}

OTHERS = ("eso", "kubectl", "kube-controller-manager", "argocd")
"""Field managers that only the recorded cluster had, by the start of their names."""


def steps(run: str) -> dict[str, list[Call]]:
    """The calls of a run's steps, in order."""
    found: dict[str, list[Call]] = {}
    for call in load("kubernetes"):
        step = call.id.partition(":")[0]
        if step.startswith(run):
            found.setdefault(step, []).append(call)
    return found


def comparable(message: Any) -> Any:
    """The part of an answer that does not depend on the cluster and the time."""
    return _normal(json_format.MessageToDict(message)) if message is not None else None


def _normal(value: Any, key: str = "") -> Any:
    if isinstance(value, Mapping):
        if key == "metadata":
            value = {k: v for k, v in value.items() if k not in ("resourceVersion", "uid", "finalizers")}
            managed = [entry for entry in value.get("managedFields", []) if not entry["manager"].startswith(OTHERS)]
            value["managedFields"] = sorted(
                (_normal(entry) for entry in managed), key=lambda e: (e["manager"], e["operation"])
            )
        return {k: _normal(v, k) for k, v in value.items() if k != "status" and not _is_empty_managed(k, v)}
    if isinstance(value, list):
        return [_normal(item) for item in value]
    if isinstance(value, str):
        return TIME.sub("<time>", MANAGER.sub("<manager>", value))
    return value


def _is_empty_managed(key: str, value: Any) -> bool:
    return key == "managedFields" and not value


def between(got: Any, expected: Any, path: str = "") -> Iterator[str]:
    """The differences between two answers, one line each."""
    if isinstance(got, dict) and isinstance(expected, dict):
        for key in sorted({*got, *expected}):
            yield from between(got.get(key), expected.get(key), f"{path}.{key}")
    elif isinstance(got, list) and isinstance(expected, list) and len(got) == len(expected):
        for index, (one, other) in enumerate(zip(got, expected, strict=True)):
            yield from between(one, other, f"{path}[{index}]")
    elif got != expected:
        yield f"{path}: {got!r}, recorded: {expected!r}"


class Replay:
    """The callers of a run (one for each provider of its program) and the states of its resources."""

    def __init__(self, callers: Mapping[str, Caller], default: Caller) -> None:
        self._callers = callers
        self._default = default
        self._states: dict[str, struct_pb2.Struct] = {}

    async def play(self, calls: Iterable[Call]) -> list[str]:
        """The differences between the answers and the recorded ones."""
        return [f"{call.id}{line}" for call in calls for line in await self._play(call)]

    def knows(self, urn: str) -> bool:
        return urn in self._states

    def keep(self, urn: str, state: struct_pb2.Struct) -> None:
        self._states[urn] = state

    async def refresh(self, resource: provider_pb2.DiffRequest) -> None:
        """Read a resource, as a refresh that was not recorded did."""
        state = self._states[resource.urn]
        request = provider_pb2.ReadRequest(id=resource.id, urn=resource.urn, type=resource.type, properties=state)
        request.inputs.CopyFrom(state.fields["__inputs"].struct_value)
        self.keep(resource.urn, (await self._default.call("Read", request)).properties)

    async def update(self, resource: provider_pb2.DiffRequest, change: Callable[[Any], None]) -> None:
        """Update a resource, as an `up` that was not recorded did."""
        state = self._states[resource.urn]
        inputs = json_format.MessageToDict(state.fields["__inputs"].struct_value)
        change(inputs)
        request = provider_pb2.UpdateRequest(id=resource.id, urn=resource.urn, type=resource.type, olds=state)
        request.news.update(inputs)
        self.keep(resource.urn, (await self._default.call("Update", request)).properties)

    async def _play(self, call: Call) -> Iterable[str]:
        if call.method not in ("Check", "Diff", "Create", "Read", "Update", "Delete"):
            return []
        request = type(call.request)()
        request.CopyFrom(call.request)
        urn = request.urn
        field = STATE_FIELDS.get(call.method)
        if field and urn in self._states and request.HasField(field):
            getattr(request, field).CopyFrom(self._states[urn])
        if not call.error and call.method in ("Create", "Update", "Delete"):
            # It precedes the annotation's limit, which a busy cluster may exceed.
            request.timeout = PATIENCE_SECONDS
        caller = next((c for name, c in self._callers.items() if urn.endswith(f"::{name}")), self._default)
        expected = call.error[1] if call.error else comparable(call.response)
        try:
            response = await caller.call(call.method, request)
        except CallFailed as failure:
            return between(failure.message, expected)
        self._keep(call.method, urn, request, response)
        return between(comparable(response), expected)

    def _keep(self, method: str, urn: str, request: Any, response: Any) -> None:
        if method in ("Create", "Update", "Read") and not getattr(request, "preview", False):
            self.keep(urn, response.properties)
        if method == "Delete":
            self._states.pop(urn, None)
