"""
What is wrong with the values that an app reads: their references, and white space around them.

For `${NAME}`, `${environment.folder.NAME}` and `${@project.environment.folder.NAME}` Infisical serves the value of a
different secret. It serves nothing at all, not even other secrets of a list, if the reader may not read that one. A
reference to a missing secret becomes an empty string, and a circular one stays text; Infisical reports neither.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from infisical import rules
from infisical.api.errors import InfisicalError, NotFound
from infisical.api.folders import Location
from infisical.api.secret_cache import SecretCache
from infisical.api.served_values import ServedValues
from infisical.contents.expected import ExpectedSecret, Source

DEEPEST: Final = 10
"""How many references in a row Infisical follows."""

_NO_REFERENCE: Final = "or, if no reference is meant, set a value without '${': Infisical cannot escape it"


class Flaw(Enum):
    """What is wrong with a value. The operator cannot deliver an unreadable one."""

    UNREADABLE_REFERENCE = 0
    UNREADABLE_IMPORT = 1
    EMPTY = 2
    TEXT = 3
    BLANK = 4
    WHITE_SPACE = 5


@dataclass(frozen=True)
class FlawedValue:
    """
    :param source: the secret that the app reads
    :param place: what its value refers to, or where it is imported from. Empty if that may be a part of the value
        instead of a reference: then no message may show it
    """

    source: Source
    flaw: Flaw
    place: str = ""

    @property
    def is_unreadable(self) -> bool:
        return self.flaw in (Flaw.UNREADABLE_REFERENCE, Flaw.UNREADABLE_IMPORT)

    def __str__(self) -> str:
        name, where = self.source.name, self.source.location
        refers = f"The value of {name} ({where}) refers to {self.place or 'a secret'}"
        match self.flaw:
            case Flaw.UNREADABLE_REFERENCE if self.place:
                return (
                    f"{refers}, which the operator's identity may not read. Fix: move that secret to a folder that the "
                    "app's store reads, or remove the reference"
                )
            case Flaw.UNREADABLE_REFERENCE:
                return (
                    f"{refers} in a folder that does not exist, and that the operator's identity may not read. Fix: "
                    f"correct the reference; {_NO_REFERENCE}"
                )
            case Flaw.UNREADABLE_IMPORT:
                return (
                    f"{name} is imported to {where} from {self.place}, which the operator's identity may not read. "
                    f"Fix: add {name} to {where} itself, or import it from a folder that the app's store reads"
                )
            case Flaw.EMPTY:
                missing = self.place or "a secret in the same folder, or in a folder that does not exist"
                return (
                    f"The value of {name} ({where}) contains '${{…}}', which Infisical reads as a reference to "
                    f"{missing}. That secret does not exist or is empty, so the app gets an empty string instead. "
                    f"Fix: add the secret in Infisical; {_NO_REFERENCE}"
                )
            case Flaw.TEXT:
                return (
                    f"The value of {name} ({where}) contains a circular reference, or more than {DEEPEST} in a row. "
                    "Infisical leaves its text '${…}' in the value. Fix: remove the circular reference; "
                    f"{_NO_REFERENCE}"
                )
            case Flaw.BLANK:
                return f"The value of {name} ({where}) is only white space. Fix: set its value in Infisical"
            case Flaw.WHITE_SPACE:
                return (
                    f"The value of {name} ({where}) has white space at its start or end, which Infisical removes when "
                    "the value is saved again. Fix: save it without the white space in Infisical"
                )


class ValueInspection:
    """
    The values of one app, as Infisical stores them.

    :param readable: the folders of the app's environment that the operator's identity reads, each with all folders
        below; empty for all of the project
    """

    def __init__(
        self, expected: ExpectedSecret, readable: Sequence[str], secrets: SecretCache, served: ServedValues, now: float
    ) -> None:
        self._expected = expected
        self._readable = readable
        self._secrets = secrets
        self._served = served
        self._now = now

    async def flaws(self) -> list[FlawedValue]:
        """All of them, by name of the secret; none if Infisical cannot be read."""
        found: dict[FlawedValue, None] = {}
        try:
            for source in sorted(set(self._expected.sources.values()), key=lambda it: (str(it.location), it.name)):
                found |= dict.fromkeys(await self._of(source))
        except InfisicalError:
            # The delivery check reports it.
            return []
        return list(found)

    async def _of(self, source: Source) -> list[FlawedValue]:
        start, stored = source, await self._secrets.lookup(source.location, source.name)
        if stored is None:
            served = await self._served.folder(source.location, self._now)
            origin = served.origins.get(source.name)
            if origin is None:
                return []
            if not self._may_read(origin):
                return [FlawedValue(source, Flaw.UNREADABLE_IMPORT, str(origin))]
            start, stored = Source(origin, source.name), await self._secrets.lookup(origin, source.name)
        value = stored.value if stored else ""
        return [*_white_space(source, value), *await self._references(source, start, value)]

    async def _references(self, source: Source, start: Source, value: str) -> list[FlawedValue]:
        found: list[FlawedValue] = []
        pending = [(value, start, frozenset({start}), 0)]
        while pending:
            text, here, above, depth = pending.pop()
            for reference in rules.references(text):
                target = _target(reference, here.location)
                if target is None:
                    continue
                if not self._may_read(target.location):
                    found.append(FlawedValue(source, Flaw.UNREADABLE_REFERENCE, await self._shown(reference, target)))
                    continue
                further = await self._value(target)
                if not further:
                    found.append(FlawedValue(source, Flaw.EMPTY, await self._shown(reference, target)))
                elif rules.references(further) and (target in above or depth == DEEPEST):
                    found.append(FlawedValue(source, Flaw.TEXT))
                elif rules.references(further):
                    pending.append((further, target, above | {target}, depth + 1))
        return found

    async def _value(self, target: Source) -> str:
        stored = await self._secrets.lookup(target.location, target.name)
        if stored is not None:
            return stored.value
        # Newer servers also find it in the imports of that folder.
        return (await self._served.folder(target.location, self._now)).values.get(target.name, "")

    async def _shown(self, reference: str, target: Source) -> str:
        """The target as a message may show it: a text that names an existing folder is certainly a reference."""
        if "." not in reference:
            return ""
        try:
            await self._secrets.find(target.location, target.name)
        except NotFound:
            return ""
        return str(target)

    def _may_read(self, location: Location) -> bool:
        if not self._readable:
            return True
        own = {source.location.environment for source in self._expected.sources.values()}
        below = (location.path == path or location.path.startswith(f"{path.rstrip('/')}/") for path in self._readable)
        return location.environment in own and any(below)


def _white_space(source: Source, value: str) -> Iterator[FlawedValue]:
    if value and not rules.trimmed(value):
        yield FlawedValue(source, Flaw.BLANK)
    elif value != rules.stored_form(value):
        yield FlawedValue(source, Flaw.WHITE_SPACE)


def _target(reference: str, at: Location) -> Source | None:
    """What a reference names; None for a secret of another project, which needs a grant there instead."""
    if "." not in reference:
        return Source(at, reference)
    if reference.startswith("@"):
        return None
    environment, *folders, name = reference.split(".")
    return Source(Location(at.project_id, environment, "/" + "/".join(folders)), name)
