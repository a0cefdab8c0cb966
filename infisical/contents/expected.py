"""What an app's Secret must hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from infisical.api.folders import Location
from infisical.properties import Properties
from infisical.rules import secret_address
from infisical.whole_folder import WholeFolder, of_text


@dataclass(frozen=True)
class Source:
    """A secret in Infisical."""

    location: Location
    name: str

    def __str__(self) -> str:
        return f"{self.name} ({self.location})"


@dataclass(frozen=True)
class ExpectedSecret:
    """
    An ExternalSecret, the Secret that it creates, and its content: `sources` by key, `literals`, and `templates`.

    It also holds keys of `whole_folders`. Templates read `sources` and those; the Secret does not hold the `hidden`
    ones. `properties` and `decodings` say, by key, which part of a value it holds, and how that is decoded.

    `uncompared` are keys whose values another store or a generator provides. With `more_keys`, it has further keys,
    whose names only that store knows. `other_store` and `generator` describe these; empty without one.

    `optional` names the secrets in Infisical that may have no value. `remedies` says, by name, what gives a missing
    secret its value, if adding it in Infisical is not the way. `seeded`: the program seeds all others.
    """

    namespace: str
    name: str
    secret_name: str
    sources: Mapping[str, Source]
    literals: Mapping[str, str] = field(default_factory=dict)
    templates: Mapping[str, str] = field(default_factory=dict)
    whole_folders: Mapping[Location, WholeFolder] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()
    properties: Mapping[str, str] = field(default_factory=dict)
    decodings: Mapping[str, str] = field(default_factory=dict)
    uncompared: frozenset[str] = frozenset()
    more_keys: bool = False
    other_store: str = ""
    generator: str = ""
    optional: frozenset[str] = frozenset()
    remedies: Mapping[str, str] = field(default_factory=dict)
    seeded: bool = False

    @property
    def id(self) -> str:
        return f"{self.namespace}/{self.name}"

    @property
    def count(self) -> int:
        return len(self.declared)

    @property
    def declared(self) -> frozenset[str]:
        """The keys of the Secret that are known by name."""
        return frozenset({*self.sources, *self.literals, *self.templates, *self.uncompared} - self.hidden)

    @property
    def names(self) -> frozenset[str]:
        """The names of all secrets in Infisical that it reads."""
        return frozenset(map(self.name_of, self.sources.values()))

    def name_of(self, source: Source) -> str:
        """Its name, or its address if it reads two secrets of this name."""
        namesakes = {other for other in self.sources.values() if other.name == source.name}
        return source.name if len(namesakes) == 1 else f"{source.location.path.rstrip('/')}/{source.name}"

    def is_optional(self, key: str) -> bool:
        """Whether the secret of this key may have no value."""
        return self.name_of(self.sources[key]) in self.optional

    @property
    def locations(self) -> frozenset[Location]:
        return frozenset({*self.whole_folders, *(source.location for source in self.sources.values())})

    def remedy(self, source: Source) -> str:
        """What gives a secret its value."""
        return self.remedies.get(self.name_of(source)) or default_remedy(source)

    def fix(self, source: Source) -> str:
        """What gives a secret its value, and then delivers it."""
        if self.seeded and self.name_of(source) not in self.optional:
            return "run `pulumi up`, which seeds it again"
        return f"{self.remedy(source)}, then run `pulumi up`"


def default_remedy(source: Source) -> str:
    """What gives a secret its value if nothing else does."""
    return f"add {source.name} with a value to {source.location} in Infisical"


def expected_secret(properties: Properties) -> ExpectedSecret:
    """The Secret that inputs, or a state, expect."""
    project_id, environment = properties.string("projectId"), properties.string("environment")
    keys = properties.mapping("keys")
    return ExpectedSecret(
        namespace=properties.string("namespace"),
        name=properties.string("name"),
        secret_name=properties.string("secretName") or properties.string("name"),
        sources={key: source_of(project_id, environment, address) for key, address in keys.items()},
        literals=properties.mapping("literals"),
        templates=properties.mapping("templates"),
        whole_folders={
            Location(project_id, environment, folder.path): folder
            for folder in map(of_text, properties.strings("wholeFolders"))
        },
        hidden=frozenset(properties.strings("hiddenKeys")),
        properties=properties.mapping("properties"),
        decodings=properties.mapping("decodings"),
        uncompared=frozenset(properties.strings("uncomparedKeys")),
        more_keys=properties.boolean("moreKeys"),
        other_store=properties.string("otherStore"),
        generator=properties.string("generator"),
        optional=frozenset(properties.strings("optionalKeys")),
        remedies=properties.mapping("remedies"),
        seeded=properties.boolean("seeded"),
    )


def addresses(texts: Mapping[str, str]) -> str | None:
    """The rule for `keys`."""
    wrong = next(filter(None, map(secret_address, texts.values())), None)
    return f"a mapping of the Secret's keys to secrets in Infisical, each as {wrong}" if wrong else None


def source_of(project_id: str, environment: str, address: str) -> Source:
    """The secret at an address, such as '/NAME' or '/folder/NAME'."""
    folder, _, name = address.rpartition("/")
    return Source(Location(project_id, environment, folder or "/"), name)
