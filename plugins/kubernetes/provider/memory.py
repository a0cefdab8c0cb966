"""The lifecycle of objects that exist only in the state: for previews without a cluster."""

from __future__ import annotations

from collections.abc import Mapping

from plugins.kubernetes.objects.canonical import canonical
from plugins.kubernetes.objects.kubernetes_object import KubernetesObject
from plugins.kubernetes.objects.state import State, manager_for, read_state, write_state
from plugins.protocol.properties import Properties, Value


def create(news: Mapping[str, Value]) -> tuple[str, Properties]:
    """The id and the state of an object that becomes exactly its inputs."""
    inputs = KubernetesObject.from_properties(news)
    state = State(inputs, inputs, manager_for(inputs), inputs.api_version)
    return inputs.id, write_state(state, news)


def update(olds: Mapping[str, Value], news: Mapping[str, Value]) -> Properties:
    """The state of an object that becomes exactly its new inputs."""
    old = read_state(olds)
    inputs = canonical(KubernetesObject.from_properties(news))
    state = State(inputs, inputs, manager_for(inputs, old), old.initial_api_version or inputs.api_version)
    return write_state(state, news)


def read(state: Mapping[str, Value], inputs: Mapping[str, Value]) -> Properties:
    """The unchanged state: no one else writes to it."""
    old = read_state(state)
    known = KubernetesObject.from_properties(inputs)
    new = State(known, old.live, manager_for(known, old), old.initial_api_version or known.api_version)
    return write_state(new, state)
