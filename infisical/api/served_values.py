"""A folder's values as the operator gets them: references expanded, imported folders included."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from infisical.api.errors import NotFound
from infisical.api.folders import Location
from infisical.api.http.answer import Answer
from infisical.api.http.generations import first_known
from infisical.api.http.session import Session
from infisical.api.secret_cache import SecretCache
from infisical.api.secrets import reading
from infisical.rules import references


@dataclass(frozen=True)
class ServedFolder:
    """
    The values by name; `origins` has the folder of each imported one.

    The server does not show the values of the `hidden` names to this login: in their place is a fixed text.
    """

    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    origins: Mapping[str, Location] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()


class ServedValues:
    """
    Reads a folder once for all requests at about the same time.

    :param stored: the secrets that this process has read or written
    """

    def __init__(self, session: Session, stored: SecretCache) -> None:
        self._session = session
        self._stored = stored
        self._known: dict[Location, tuple[float, ServedFolder]] = {}
        self._locks: dict[Location, asyncio.Lock] = {}

    @property
    def url(self) -> str:
        return self._session.server.url

    async def at(self, location: Location, oldest: float) -> Mapping[str, str]:
        """
        The folder's values by name, as they were at `oldest` by the session's clock, or later.

        :raises InfisicalError: they cannot be read
        """
        return (await self.folder(location, oldest)).values

    async def some(self, location: Location, names: Collection[str], oldest: float) -> Mapping[str, str]:
        """
        As `at`, but values without a reference may be as this process has read or written them last.

        Infisical serves these as they are stored, so that most folders are listed only once.
        """
        found = {name: secret.value for name in names if (secret := await self._stored.lookup(location, name))}
        if len(found) == len(names) and not any(references(value) for value in found.values()):
            return found
        return await self.at(location, oldest)

    async def folder(self, location: Location, oldest: float) -> ServedFolder:
        """As `at`, with the origins of the values."""
        clock = self._session.server.clock
        async with self._locks.setdefault(location, asyncio.Lock()):
            known = self._known.get(location)
            if known and known[0] >= oldest:
                return known[1]
            began = clock.now()
            served = await read_served(self._session, location)
            self._known[location] = began, served
            return served


async def read_served(session: Session, location: Location) -> ServedFolder:
    """
    A folder's values; empty if the environment or folder does not exist.

    :raises InfisicalError: they cannot be read; NotFound if the project does not exist
    """
    expanded = {"expandSecretReferences": "true"}
    v4, v3 = expanded | {"includeImports": "true"}, expanded | {"include_imports": "true"}
    calls = reading(f"read the values of {location}", location, v4, v3)
    try:
        answer = await first_known(session, "serve secrets", calls)
    except NotFound as error:
        if error.reason.startswith("Project with "):
            raise
        return ServedFolder()
    own, values = _values(answer), dict[str, str]()
    hidden = _hidden(answer)
    origins: dict[str, Location] = {}
    if "imports" in answer.body:
        # The last import wins, and the folder's own secrets win over all of them.
        for imported in answer.each("imports"):
            place = Location(location.project_id, imported.string("environment"), imported.string("secretPath"))
            further = _values(imported)
            values |= further
            hidden = (hidden - further.keys()) | (_hidden(imported) - own.keys())
            origins |= dict.fromkeys(further, place)
    return ServedFolder(values | own, {name: place for name, place in origins.items() if name not in own}, hidden)


def _values(answer: Answer) -> dict[str, str]:
    return {
        entry.string("secretKey"): entry.string("secretValue")
        for entry in answer.each("secrets")
        if entry.body.get("type", "shared") == "shared"
    }


def _hidden(answer: Answer) -> frozenset[str]:
    return frozenset(
        entry.string("secretKey") for entry in answer.each("secrets") if entry.body.get("secretValueHidden")
    )
