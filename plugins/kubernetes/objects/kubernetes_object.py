"""
One Kubernetes object, parsed once where it enters the provider.

Its body is what the API server reads and writes: nested dictionaries without secret marks.
Values that a preview does not know yet are `Unknown`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from plugins.kubernetes.objects.kinds import Kind
from tooling.plugin.properties import Unknown, Value, has_unknown, reveal

Body = dict[str, Any]

AUTONAMED = "pulumi.com/autonamed"
SKIP_AWAIT = "pulumi.com/skipAwait"
WAIT_FOR = "pulumi.com/waitFor"
TIMEOUT_SECONDS = "pulumi.com/timeoutSeconds"
PATCH_FORCE = "pulumi.com/patchForce"
PATCH_FIELD_MANAGER = "pulumi.com/patchFieldManager"
DELETION_PROPAGATION = "pulumi.com/deletionPropagationPolicy"


@dataclass(frozen=True)
class KubernetesObject:
    """
    An object's identity and its body.

    :param kind: with empty strings if the body has no kind, or not a known one
    :param name: empty if the object has none, or an unknown one
    :param namespace: empty if the object has none, or an unknown one
    """

    kind: Kind
    name: str
    namespace: str
    body: Body = field(repr=False)

    @classmethod
    def from_body(cls, body: Body) -> KubernetesObject:
        metadata = _mapping(body.get("metadata"))
        api_version = string(body.get("apiVersion")).removeprefix("core/")
        return cls(
            kind=Kind(api_version, string(body.get("kind"))),
            name=string(metadata.get("name")),
            namespace=string(metadata.get("namespace")),
            body=body,
        )

    @classmethod
    def from_properties(cls, properties: Mapping[str, Value]) -> KubernetesObject:
        """The object that a resource's properties describe."""
        return cls.from_body(without_nulls(reveal(properties)))

    def to_properties(self) -> dict[str, Value]:
        """A copy of the body, without secret marks."""
        return properties_of(self.body)

    @property
    def api_version(self) -> str:
        """The API version as the body spells it."""
        return string(self.body.get("apiVersion"))

    @property
    def metadata(self) -> Body:
        return _mapping(self.body.get("metadata"))

    @property
    def uid(self) -> str:
        return string(self.metadata.get("uid"))

    @property
    def version(self) -> str:
        return string(self.metadata.get("resourceVersion"))

    @property
    def is_named(self) -> bool:
        """Whether it has a name, known or unknown."""
        return bool(self.name) or isinstance(self.metadata.get("name"), Unknown)

    @property
    def has_unknown(self) -> bool:
        return has_unknown(self.body)

    @property
    def id(self) -> str:
        """The resource's id: `namespace/name`, or only the name."""
        return f"{self.namespace}/{self.name}" if self.namespace else self.name

    def annotation(self, key: str) -> str:
        """The annotation's value, or an empty string."""
        return string(_mapping(self.metadata.get("annotations")).get(key))

    def at(self, *path: str) -> Any:
        """The value at a path of keys, or None."""
        return at(self.body, *path)

    def with_body(self, **fields: Any) -> KubernetesObject:
        """A copy with further or other fields."""
        return KubernetesObject.from_body({**self.body, **fields})

    def with_metadata(self, **fields: Any) -> KubernetesObject:
        """A copy with further or other metadata; None removes a field."""
        if isinstance(self.body.get("metadata"), Unknown):
            return self
        metadata = {**self.metadata, **fields}
        kept = {key: value for key, value in metadata.items() if value is not None}
        if not kept and "metadata" not in self.body:
            return self
        return self.with_body(metadata=kept)

    def with_namespace(self, namespace: str) -> KubernetesObject:
        """A copy in a namespace, or in none."""
        return self.with_metadata(namespace=namespace or None)


def properties_of(body: Body) -> dict[str, Value]:
    """A body as properties, without secret marks and nulls."""
    properties: dict[str, Value] = without_nulls(reveal(body))
    return properties


def without_nulls(value: Any) -> Any:
    """A copy without null fields: the writer of a null would own the field."""
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [without_nulls(item) for item in value]
    return value


def string(value: Any) -> str:
    """The value if it is a string, otherwise an empty one."""
    return value if isinstance(value, str) else ""


def split_id(id: str) -> tuple[str, str]:
    """The namespace, maybe empty, and the name of an id."""
    namespace, slash, name = id.partition("/")
    return (namespace, name) if slash else ("", namespace)


def at(value: Any, *path: str) -> Any:
    """The value at a path of keys, or None."""
    for key in path:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def _mapping(value: Any) -> Body:
    return value if isinstance(value, dict) else {}
