"""One form for inputs that mean the same, so that they never show up as a change."""

from __future__ import annotations

import base64
from typing import Any

from plugins.kubernetes.objects.kubernetes_object import Body, KubernetesObject
from plugins.protocol.errors import ProviderError

READ_ONLY_METADATA = (
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "uid",
)

EMPTY_MAPS = frozenset({"annotations", "labels", "data", "binaryData", "stringData"})
"""Maps that the API server leaves out if they are empty."""


def canonical(inputs: KubernetesObject) -> KubernetesObject:
    """
    The object without read-only metadata; a built-in kind also as the API server stores it.

    An object with unknown values only loses its read-only metadata.

    :raises ProviderError: a value of a Secret's `stringData` is not a string
    """
    if inputs.kind.is_built_in and not inputs.has_unknown:
        body = _encoded_secret(inputs.body) if inputs.kind.name == "Secret" else inputs.body
        inputs = KubernetesObject.from_body(_without_empty_fields(body))
    return inputs.with_metadata(**dict.fromkeys(READ_ONLY_METADATA))


def _encoded_secret(body: Body) -> Body:
    """`stringData` is write-only: the API server keeps it in `data`, in base64."""
    plain = body.get("stringData")
    rest = {key: value for key, value in body.items() if key != "stringData"}
    if not isinstance(plain, dict):
        return rest
    data = rest.get("data")
    return {**rest, "data": {**(data if isinstance(data, dict) else {}), **_encoded_values(plain)}}


def _encoded_values(plain: Body) -> Body:
    for key, value in plain.items():
        if not isinstance(value, str):
            message = f'stringData["{key}"]: found {_yaml_type(value)}; expected a string. Fix: put it in quotes'
            raise ProviderError(message)
    return {key: base64.b64encode(value.encode()).decode() for key, value in plain.items()}


def _yaml_type(value: Any) -> str:
    names = {bool: "a boolean", dict: "a mapping", list: "a list"}
    return names.get(type(value), "a number")


def _without_empty_fields(fields: Body) -> Body:
    """The fields without those for which empty and missing mean the same."""
    return {
        key: _without_empty_fields(value) if isinstance(value, dict) and key not in EMPTY_MAPS else value
        for key, value in fields.items()
        if value != [] and not (value == {} and key in EMPTY_MAPS) and not (key == "generateName" and value == "")
    }


def pruned(source: Any, shape: Any) -> Any:
    """The parts of a live object that the inputs set."""
    if isinstance(source, dict) and isinstance(shape, dict):
        return {
            key: pruned(value, shape[key]) if type(value) is type(shape[key]) else value
            for key, value in source.items()
            if key in shape
        }
    if isinstance(source, list) and isinstance(shape, list):
        if source and shape and type(source[0]) is not type(shape[0]):
            return list(source)
        return [pruned(value, of) for value, of in zip(source, shape, strict=False)]
    return source
