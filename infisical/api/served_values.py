"""A folder's values as the operator gets them: references expanded, imported folders included."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from infisical.api.errors import NotFound
from infisical.api.folders import Location
from infisical.api.http.answer import Answer
from infisical.api.http.generations import first_known
from infisical.api.http.session import Session
from infisical.api.secrets import reading


class ServedValues:
    """Reads a folder once for all requests at about the same time."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[Location, tuple[float, Mapping[str, str]]] = {}
        self._locks: dict[Location, asyncio.Lock] = {}

    @property
    def url(self) -> str:
        return self._session.server.url

    async def at(self, location: Location, oldest: float) -> Mapping[str, str]:
        """
        The folder's values by name, as they were at `oldest` by the session's clock, or later.

        :raises InfisicalError: they cannot be read
        """
        clock = self._session.server.clock
        async with self._locks.setdefault(location, asyncio.Lock()):
            known = self._known.get(location)
            if known and known[0] >= oldest:
                return known[1]
            began = clock.now()
            values = await read_served(self._session, location)
            self._known[location] = began, values
            return values


async def read_served(session: Session, location: Location) -> dict[str, str]:
    """
    A folder's values by name; empty if the environment or folder does not exist.

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
        return {}
    values: dict[str, str] = {}
    if "imports" in answer.body:
        # The last import wins, and the folder's own secrets win over all of them.
        for imported in answer.each("imports"):
            values |= _values(imported)
    return values | _values(answer)


def _values(answer: Answer) -> dict[str, str]:
    return {
        entry.string("secretKey"): entry.string("secretValue")
        for entry in answer.each("secrets")
        if entry.body.get("type", "shared") == "shared"
    }
