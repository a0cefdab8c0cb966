"""
A resource's state: the live object, and beside it what the provider has to remember.

`__inputs` the inputs it was written from, `__fieldManager` the name that owns its fields,
`__initialApiVersion` the API version that it was created with. All exactly as the official provider keeps
them: either can go on with the other's state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from plugins.kubernetes.manifest import (
    PATCH_FIELD_MANAGER,
    Manifest,
    annotation,
    text,
    to_manifest,
    to_properties,
)
from plugins.kubernetes.naming import field_manager
from plugins.kubernetes.secrecy import mark_secrets
from plugins.protocol.properties import Properties, Secret, Value, reveal

INPUTS = "__inputs"
FIELD_MANAGER = "__fieldManager"
INITIAL_API_VERSION = "__initialApiVersion"


@dataclass(frozen=True)
class Record:
    """What a state says, without secret marks."""

    inputs: Manifest
    live: Manifest
    field_manager: str
    initial_api_version: str


def read_state(properties: Mapping[str, Value]) -> Record:
    """Take a state apart."""
    live = dict(properties)
    inputs = live.pop(INPUTS, {})
    manager = text(reveal(live.pop(FIELD_MANAGER, "")))
    api_version = text(reveal(live.pop(INITIAL_API_VERSION, "")))
    plain_inputs = inputs.value if isinstance(inputs, Secret) else inputs
    return Record(to_manifest(plain_inputs or {}), to_manifest(live), manager, api_version)


def write_state(
    inputs: Manifest, live: Manifest, marked: Mapping[str, Value], *, field_manager: str, initial_api_version: str
) -> Properties:
    """
    Put a state together.

    :param marked: the inputs with their secret marks
    """
    state = to_properties(live)
    kept_inputs = to_properties(inputs)
    mark_secrets(state, marked)
    mark_secrets(kept_inputs, marked)
    state[INPUTS] = kept_inputs
    state[INITIAL_API_VERSION] = initial_api_version
    state[FIELD_MANAGER] = field_manager
    return state


def manager_for(inputs: Manifest, record: Record | None = None) -> str:
    """The field manager to write with: the object's annotation, else the one it has, else a new one."""
    return annotation(inputs, PATCH_FIELD_MANAGER) or (record.field_manager if record else "") or field_manager()
