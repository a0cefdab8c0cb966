"""The secrets of each folder: read once, and updated with what this process writes."""

from __future__ import annotations

import asyncio

from infisical.api.errors import NotFound
from infisical.api.folders import Location
from infisical.api.http.session import Session
from infisical.api.secrets import StoredSecret, list_secrets


class SecretCache:
    """Lives as long as one Pulumi command. What others write meanwhile is noticed only when a write is refused."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[Location, dict[str, StoredSecret]] = {}
        self._locks: dict[Location, asyncio.Lock] = {}

    async def find(self, location: Location, name: str) -> StoredSecret | None:
        """
        A secret as it was read or written last, or None.

        :raises NotFound: the project, environment or folder does not exist
        """
        async with self._locks.setdefault(location, asyncio.Lock()):
            if location not in self._known:
                self._known[location] = await list_secrets(self._session, location)
            return self._known[location].get(name)

    async def lookup(self, location: Location, name: str) -> StoredSecret | None:
        """As `find`, but None if the location does not exist."""
        try:
            return await self.find(location, name)
        except NotFound:
            return None

    def wrote(self, location: Location, secret: StoredSecret) -> None:
        if location in self._known:
            self._known[location][secret.name] = secret

    def deleted(self, location: Location, name: str) -> None:
        if location in self._known:
            self._known[location].pop(name, None)

    def forget(self, location: Location) -> None:
        """Read the folder again at the next request."""
        self._known.pop(location, None)
