"""What a resource is to the provider: its handler, its object on the server, and its properties in the state."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from infisical.api.errors import Blocked
from infisical.handlers.base.handler import Handler
from infisical.handlers.registry import HANDLERS
from infisical.properties import Properties
from infisical.server.values import Values, wrapped_all


@dataclass(frozen=True)
class Made:
    """A created resource; a preview has no ID."""

    id: str
    properties: Values = dataclasses.field(repr=False)


@dataclass(frozen=True)
class Read:
    """A resource as it is now; without an ID, it is gone."""

    id: str
    properties: Values = dataclasses.field(default_factory=dict, repr=False)
    inputs: Values = dataclasses.field(default_factory=dict, repr=False)


def state_of(handler: Handler, inputs: Properties, outputs: dict[str, Any]) -> Values:
    """The properties of a resource in the state: its inputs without the secret ones, and its outputs."""
    secret = {field.name for field in handler.fields if field.secret}
    shown = {key: value for key, value in inputs.items() if key not in secret}
    return wrapped_all(shown | outputs, handler.secret_outputs)


def thing(handler: Handler, resource_id: str, outputs: Mapping[str, Any]) -> tuple[str, ...]:
    """Identifies the object on the server: by the resource ID, and by the server's own ID if that is a name."""
    return (handler.name, resource_id, *(str(outputs.get(name)) for name in handler.identity_outputs))


def as_in_state(handler: Handler, state: Properties, inputs: Properties) -> Properties:
    """
    The inputs, with the state's values for those whose change means nothing, such as a removed trigger.

    No update has written them to the state, and a refresh must not report them as drift.
    """
    changed = {field.name for field in handler.changed(state, inputs)}
    kept = {field.name for field in handler.fields if field.name not in changed}
    as_they_are = {name: value for name, value in inputs.items() if name not in kept}
    return Properties(as_they_are | {name: state[name] for name in kept if name in state})


def handler_for(type_token: str) -> Handler:
    handler = HANDLERS.get(type_token)
    if handler is None:
        message = f"Unknown resource type {type_token!r}; expected one of {', '.join(sorted(HANDLERS))}."
        raise Blocked(message)
    return handler


def type_of(urn: str) -> str:
    # The type of a child resource starts with the types of its parents.
    return urn.split("::")[2].rpartition("$")[2]
