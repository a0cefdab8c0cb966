"""The secrets of each folder, read once for all that ask, and kept in step with what this process writes."""

from __future__ import annotations

import asyncio

from infisical.api.errors import NotFound
from infisical.api.folders import Place
from infisical.api.secrets import StoredSecret, list_secrets
from infisical.api.session import Session


class SecretCache:
    """Lives as long as one command of Pulumi: what others write meanwhile is noticed only when a write is refused."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[Place, dict[str, StoredSecret]] = {}
        self._locks: dict[Place, asyncio.Lock] = {}

    async def find(self, place: Place, name: str) -> StoredSecret | None:
        """
        A secret as it was read or written last, or None.

        :raises NotFound: the project, environment or folder does not exist
        """
        async with self._locks.setdefault(place, asyncio.Lock()):
            if place not in self._known:
                self._known[place] = await list_secrets(self._session, place)
            return self._known[place].get(name)

    async def seek(self, place: Place, name: str) -> StoredSecret | None:
        """As `find`; a place that does not exist holds nothing."""
        try:
            return await self.find(place, name)
        except NotFound:
            return None

    def wrote(self, place: Place, secret: StoredSecret) -> None:
        if place in self._known:
            self._known[place][secret.name] = secret

    def deleted(self, place: Place, name: str) -> None:
        if place in self._known:
            self._known[place].pop(name, None)

    def forget(self, place: Place) -> None:
        """Read the folder again when somebody next asks for it."""
        self._known.pop(place, None)
