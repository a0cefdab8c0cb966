"""A Secret of an app."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from declaration.inventory.origins import Generator, Origin, OtherStore, StoreKey
from declaration.inventory.secret_keys import SecretKey
from declaration.inventory.sources import Generate
from infisical.whole_folder import WholeFolder

CreationPolicy = Literal["Owner", "Merge", "Orphan", "CreateOrMerge"]
CREATION_POLICIES: Final = ("Owner", "Merge", "Orphan", "CreateOrMerge")

REFRESH_INTERVAL: Final = "1h0m0s"
"""One hour, in the operator's own form. The operator rewrites `1h`, and the next update fails with a field conflict."""


@dataclass(frozen=True)
class AppSecret:
    """
    One Secret of an app, and the ExternalSecret that the operator makes it from.

    `path` is where it is declared, below `homelab:apps`: the app's name in the short form. `adopt` takes over a Secret
    or ExternalSecret that exists already. `templates` has the composed values by key of the Secret. They read the
    fields of `keys`, and all keys of `folders`. An empty `type` means Opaque. The operator checks a Secret each
    `refresh_interval`. It never changes an `immutable` one.

    `external_secret` is the name of the ExternalSecret; empty means the Secret's.

    `creation_policy`: Owner creates the Secret, and deletes it with the app. Orphan creates it, and keeps it when the
    app goes. Merge writes into a Secret that somebody else creates, and leaves all keys there when the app goes.
    CreateOrMerge does the same, and creates the Secret if it does not exist.

    A retired Secret does not exist any more, and its keys keep their values.

    With an `other_store`, `keys` and `folders` are empty: nothing of the Secret is in this program's Infisical.
    """

    app: str
    namespace: str
    name: str
    keys: tuple[SecretKey, ...]
    literals: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    templates: Mapping[str, str] = field(default_factory=dict)
    folders: tuple[WholeFolder, ...] = ()
    type: str = ""
    refresh_interval: str = REFRESH_INTERVAL
    creation_policy: CreationPolicy = "Owner"
    immutable: bool = False
    adopt: bool = False
    external_secret: str = ""
    path: str = ""
    retired: bool = False
    other_store: OtherStore | None = None
    generator: Generator | None = None

    @property
    def place(self) -> str:
        """`namespace/name`."""
        return f"{self.namespace}/{self.name}"

    @property
    def external_secret_name(self) -> str:
        return self.external_secret or self.name

    @property
    def external_secret_place(self) -> str:
        """`namespace/name` of the ExternalSecret."""
        return f"{self.namespace}/{self.external_secret_name}"

    @property
    def is_short(self) -> bool:
        """Whether the app's own fields declare it."""
        return self.path in ("", self.app)

    @property
    def name_path(self) -> str:
        """Where its name is declared, below `homelab:apps`."""
        return f"{self.app}.secretName" if self.is_short else self.path

    @property
    def delivered_keys(self) -> tuple[SecretKey, ...]:
        """The keys that the Secret gets."""
        return () if self.retired else tuple(key for key in self.keys if not key.retired)

    @property
    def delivered(self) -> AppSecret:
        """The Secret with only these keys."""
        return replace(self, keys=self.delivered_keys)

    @property
    def reads_infisical(self) -> bool:
        """Whether it reads this program's store."""
        return bool(self.keys or self.folders)

    @property
    def store_keys(self) -> tuple[StoreKey, ...]:
        """The keys of another store."""
        return self.other_store.keys if self.other_store else ()

    @property
    def extracts(self) -> tuple[WholeFolder, ...]:
        """The keys of another store whose properties it gets."""
        return self.other_store.extracts if self.other_store else ()

    @property
    def origins(self) -> tuple[tuple[str, Origin], ...]:
        """The owner's objects that it needs, each with the field that names it."""
        found = (("store", self.other_store), ("generator", self.generator))
        return tuple((field, each.origin) for field, each in found if each)

    @property
    def has_unnamed_keys(self) -> bool:
        """Whether it gets keys whose names the declaration does not have."""
        return bool(self.folders or self.extracts)

    @property
    def merges(self) -> bool:
        """Whether the operator writes into a Secret that somebody else may own."""
        return self.creation_policy in ("Merge", "CreateOrMerge")

    @property
    def hidden_fields(self) -> tuple[str, ...]:
        """What templates read, and the Secret does not hold."""
        of_store = (key.entry for key in self.store_keys if not key.secret_keys)
        return (*(key.declared_as for key in self.keys if not key.secret_keys), *of_store)

    @property
    def from_elsewhere(self) -> tuple[str, ...]:
        """The keys of the Secret whose values only another store or a generator knows."""
        of_store = (name for key in self.store_keys for name in key.secret_keys)
        return (*of_store, *(self.generator.secret_keys if self.generator else ()))

    @property
    def written(self) -> frozenset[str]:
        """Every key of the Secret that the declaration decides."""
        of_keys = (name for key in self.keys for name in key.secret_keys)
        return frozenset({*self.literals, *self.templates, *of_keys, *self.from_elsewhere})

    @property
    def composed(self) -> frozenset[str]:
        """The keys of the Secret whose values cannot become values in Infisical."""
        parts = (name for key in self.keys if not key.is_whole for name in key.secret_keys)
        return frozenset({*self.templates, *parts})

    def keys_without_value(self, given: Container[tuple[str, str]], folder: str) -> list[SecretKey]:
        """
        The keys whose first value only the owner can set.

        :param given: the keys that have a value in the stack config, by folder and name
        :param folder: the folder of the app's keys
        """
        return [
            key
            for key in self.delivered_keys
            if not isinstance(key.source, Generate) and (key.folder or folder, key.name) not in given
        ]
