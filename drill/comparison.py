"""Compares the Secrets of a recovered homelab with the values of the backup, key by key and by keyed hash."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from infisical.api.folders import Location
from infisical.contents.expected import ExpectedSecret, Source
from infisical.contents.forms import delivered
from infisical.delivery.hashes import ValueHasher, equal

EQUAL, DIFFERENT, MISSING, EXTRA, NOT_COMPARED = "equal", "different", "missing", "extra", "not compared"

Values = Mapping[tuple[str, str], str]
"""The values of a backup, by folder and name."""


@dataclass(frozen=True)
class Compared:
    """
    One key of an app's Secret.

    :param secret: namespace/name
    :param why: the reason if it is not equal; without a value
    """

    secret: str
    key: str
    result: str
    why: str = ""

    @property
    def is_right(self) -> bool:
        return self.result in (EQUAL, NOT_COMPARED)


def compare(
    expected: Sequence[ExpectedSecret], values: Values, held: Mapping[tuple[str, str], Mapping[str, bytes]]
) -> list[Compared]:
    """
    :param expected: the apps' Secrets, as the backup's stack file declares them
    :param held: by namespace and name, what each recovered Secret holds
    """
    hasher = ValueHasher()
    return [
        compared
        for secret in expected
        for compared in _compared(secret, values, held.get((secret.namespace, secret.secret_name)), hasher)
    ]


def _compared(
    secret: ExpectedSecret, values: Values, held: Mapping[str, bytes] | None, hasher: ValueHasher
) -> Iterator[Compared]:
    name = f"{secret.namespace}/{secret.secret_name}"
    served = {source: values.get((source.location.path, source.name)) for source in secret.sources.values()}
    folders = {location: _folder(values, location) for location in secret.whole_folders}
    wanted = delivered(secret, served, folders)
    unknown = {*wanted.opaque, *_referring(secret, served, folders)}
    keys = ({*wanted.values} | secret.declared) - secret.hidden
    for key in sorted({*keys, *(held or {})}):
        found, value = (held or {}).get(key), wanted.values.get(key)
        if key in wanted.unfit:
            # Its text names the fix in Infisical, which is the owner's.
            yield Compared(name, key, DIFFERENT, "the value of the backup does not have the declared form")
        elif key not in keys:
            if not secret.more_keys:
                yield Compared(name, key, EXTRA, "the backup has no such key")
        elif key not in unknown and not value:
            yield Compared(name, key, MISSING, "the backup has no value of it")
        elif not found:
            yield Compared(name, key, MISSING, "not recovered")
        elif key in unknown:
            yield Compared(name, key, NOT_COMPARED, _why_not(secret, key))
        elif value is None or not equal(hasher.hash(found), hasher.hash(value)):
            yield Compared(name, key, DIFFERENT, "the recovered value is not the one in the backup")
        else:
            yield Compared(name, key, EQUAL)


def _folder(values: Values, location: Location) -> dict[str, str]:
    return {name: value for (path, name), value in values.items() if path == location.path}


def _referring(
    secret: ExpectedSecret, served: Mapping[Source, str | None], folders: Mapping[Location, Mapping[str, str]]
) -> set[str]:
    """The keys whose values refer to other values: the backup has the reference, and the Secret what it refers to."""
    keys = {key for key, source in secret.sources.items() if "${" in (served[source] or "")}
    keys |= {name for folder in folders.values() for name, value in folder.items() if "${" in value}
    return keys | ({*secret.templates} if keys else set())


def _why_not(secret: ExpectedSecret, key: str) -> str:
    if key in secret.uncompared:
        return f"from {secret.other_store or secret.generator or 'another store'}, which the drill replaces"
    return "composed of other values"
