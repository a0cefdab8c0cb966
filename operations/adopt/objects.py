"""What the readers return: ExternalSecrets and stores as data, and what could not be read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

GROUP: Final = "external-secrets.io"
VERSIONS: Final = ("v1", "v1beta1")
EXTERNAL_SECRET: Final = "ExternalSecret"
STORES: Final = ("ClusterSecretStore", "SecretStore")
CLUSTER_EXTERNAL_SECRET: Final = "ClusterExternalSecret"


@dataclass(frozen=True)
class Found:
    """
    An object, and where it was found: a file, or empty for the cluster.

    :param namespace: of the object in the cluster; empty if it is unknown, or if its kind has none
    """

    content: Mapping[str, Any] = field(repr=False)
    namespace: str = ""
    file: str = ""

    @property
    def kind(self) -> str:
        return str(self.content.get("kind") or "")

    @property
    def name(self) -> str:
        return str(mapping(self.content.get("metadata")).get("name") or "")

    @property
    def place(self) -> str:
        """`namespace/name`, or the name."""
        return f"{self.namespace}/{self.name}" if self.namespace else self.name


@dataclass(frozen=True)
class Unread:
    """Something that could not be read: a file, or an object in it, with the reason."""

    where: str
    reason: str


@dataclass
class Inputs:
    external_secrets: list[Found] = field(default_factory=list)
    stores: list[Found] = field(default_factory=list)
    secrets: list[Found] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)

    def add(self, found: Found) -> None:
        """Keep an object of the operator. Others are ignored."""
        group, _, version = str(found.content.get("apiVersion") or "").partition("/")
        if group != GROUP:
            return
        where = found.file or f"{found.kind} {found.place}"
        if found.kind == CLUSTER_EXTERNAL_SECRET:
            reason = f"{found.kind} {found.name}: the declaration has no ExternalSecrets by namespace selector"
            self.unread.append(Unread(where, reason))
        elif found.kind in (EXTERNAL_SECRET, *STORES) and version not in VERSIONS:
            reason = f"{found.kind} {found.name} has the API version {version}; expected {' or '.join(VERSIONS)}"
            self.unread.append(Unread(where, reason))
        elif found.kind == EXTERNAL_SECRET:
            self.external_secrets.append(found)
        elif found.kind in STORES:
            self.stores.append(found)


def mapping(value: object) -> Mapping[str, Any]:
    """The value if it is a mapping; otherwise an empty one."""
    return value if isinstance(value, Mapping) else {}


def entries(value: object) -> list[Any]:
    """The value if it is a list; otherwise an empty one."""
    return value if isinstance(value, list) else []


def strings(value: object) -> Iterator[str]:
    """Every string in a value, keys included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from strings(key)
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)
