"""One form for inputs that mean the same, so that they never show up as a change."""

from __future__ import annotations

import base64
from typing import Any

from plugins.kubernetes.manifest import Manifest, kind_of, metadata
from plugins.kubernetes.normalise import normalised
from plugins.protocol.errors import ProviderError
from plugins.protocol.properties import has_unknown

READ_ONLY_METADATA = (
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "uid",
)


def canonical(manifest: Manifest) -> Manifest:
    """
    The object, changed in place: built-in kinds in their canonical form, without what only the API server writes.

    An object with unknown values stays as it is, apart from the latter.

    :raises ProviderError: a value of a Secret's `stringData` is no string
    """
    kind = kind_of(manifest)
    if kind.is_built_in and not has_unknown(manifest):
        if kind.name == "Secret":
            _encode_data(manifest)
        manifest = normalised(manifest, kind)
    for key in READ_ONLY_METADATA:
        metadata(manifest).pop(key, None)
    return manifest


def _encode_data(secret: Manifest) -> None:
    """`stringData` is for writing only: the API server keeps it in `data`, in base64."""
    plain = secret.pop("stringData", None)
    if isinstance(plain, dict):
        data = secret.get("data")
        encoded = {key: _encoded(key, value) for key, value in plain.items()}
        secret["data"] = {**data, **encoded} if isinstance(data, dict) else encoded


def _encoded(key: str, value: Any) -> str:
    if not isinstance(value, str):
        message = f'stringData["{key}"] is a {type(value).__name__}: it must be a string'
        raise ProviderError(message)
    return base64.b64encode(value.encode()).decode()


def pruned(source: Any, shape: Any) -> Any:
    """The parts of `source` that are in `shape` too: of a live object, what the inputs say something about."""
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
