"""
A resource's state: the live object and what the provider has to remember.

`__inputs` are the inputs that it was written from. `__fieldManager` owns its fields. `__initialApiVersion` is the API
version that it was created with. The format is the official provider's: either provider can continue with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from plugins.kubernetes.objects.kubernetes_object import PATCH_FIELD_MANAGER, KubernetesObject, string
from plugins.kubernetes.objects.naming import field_manager
from plugins.kubernetes.objects.secrecy import mark_secrets
from tooling.plugin.properties import Properties, Secret, Value, reveal

INPUTS = "__inputs"
FIELD_MANAGER = "__fieldManager"
INITIAL_API_VERSION = "__initialApiVersion"


@dataclass(frozen=True)
class State:
    """A state without secret marks."""

    inputs: KubernetesObject
    live: KubernetesObject
    field_manager: str
    initial_api_version: str


def read_state(properties: Mapping[str, Value]) -> State:
    """Parse the state of a resource."""
    live = dict(properties)
    inputs = live.pop(INPUTS, {})
    manager = string(reveal(live.pop(FIELD_MANAGER, "")))
    api_version = string(reveal(live.pop(INITIAL_API_VERSION, "")))
    plain_inputs = inputs.value if isinstance(inputs, Secret) else inputs
    return State(
        inputs=KubernetesObject.from_properties(plain_inputs or {}),
        live=KubernetesObject.from_properties(live),
        field_manager=manager,
        initial_api_version=api_version,
    )


def write_state(state: State, marked: Mapping[str, Value]) -> Properties:
    """
    The properties of a state.

    :param marked: the inputs with their secret marks
    """
    properties = state.live.to_properties()
    inputs = state.inputs.to_properties()
    mark_secrets(properties, marked)
    mark_secrets(inputs, marked)
    properties[INPUTS] = inputs
    properties[INITIAL_API_VERSION] = state.initial_api_version
    properties[FIELD_MANAGER] = state.field_manager
    return properties


def manager_for(inputs: KubernetesObject, state: State | None = None) -> str:
    """The field manager to write with: from the annotation, else from the state, else a new one."""
    return inputs.annotation(PATCH_FIELD_MANAGER) or (state.field_manager if state else "") or field_manager()
