"""What should be delivered to one app."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from infisical.api.folders import Place
from infisical.handlers.allowed import secret_address
from infisical.handlers.properties import Properties


@dataclass(frozen=True)
class Source:
    """A secret in Infisical."""

    place: Place
    name: str


@dataclass(frozen=True)
class Declaration:
    """
    An ExternalSecret, the Secret that it makes, and what has to be in that: `sources` by key, and `literals`.

    `optional` are the names of those secrets in Infisical that may be without a value. `remedies` says, by name, how
    a secret without one gets it, where adding it in Infisical is not the way.
    """

    namespace: str
    name: str
    secret_name: str
    sources: Mapping[str, Source]
    literals: Mapping[str, str] = field(default_factory=dict)
    optional: frozenset[str] = frozenset()
    remedies: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return f"{self.namespace}/{self.name}"

    @property
    def count(self) -> int:
        return len({*self.sources, *self.literals})

    @property
    def names(self) -> frozenset[str]:
        """Of all secrets in Infisical that are read."""
        return frozenset(source.name for source in self.sources.values())

    @property
    def places(self) -> frozenset[Place]:
        return frozenset(source.place for source in self.sources.values())


def remedy_of(declared: Declaration, source: Source) -> str:
    """What gives a secret its value."""
    return declared.remedies.get(source.name) or adding(source)


def adding(source: Source) -> str:
    """What gives a secret its value where nothing else does."""
    return f"add {source.name} with a value to {source.place} in Infisical"


def declaration_of(properties: Properties) -> Declaration:
    """What inputs, or a state, declare."""
    project_id, environment = properties.text("projectId"), properties.text("environment")
    keys = properties.mapping("keys")
    return Declaration(
        namespace=properties.text("namespace"),
        name=properties.text("name"),
        secret_name=properties.text("secretName") or properties.text("name"),
        sources={key: source_of(project_id, environment, address) for key, address in keys.items()},
        literals=properties.mapping("literals"),
        optional=frozenset(properties.texts("optionalKeys")),
        remedies=properties.mapping("remedies"),
    )


def addresses(texts: Mapping[str, str]) -> str | None:
    """What addresses of secrets in Infisical must be, or None where all of them are."""
    wrong = next(filter(None, map(secret_address, texts.values())), None)
    return f"a mapping of the Secret's keys to Infisical's secrets, each as {wrong}" if wrong else None


def source_of(project_id: str, environment: str, address: str) -> Source:
    """The secret at an address, such as '/NAME' or '/folder/NAME'."""
    folder, _, name = address.rpartition("/")
    return Source(Place(project_id, environment, folder or "/"), name)
