"""The values in the store's environment of Infisical."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from declaration import Homelab, KeyId
from infisical.api.errors import NotFound
from infisical.api.folders import Location, create_folder, list_all_folders
from infisical.api.http.session import Session
from infisical.api.projects import Project, find_project
from infisical.api.secret_copies import FolderCopy, read_folder
from infisical.api.secrets import create_secret, list_secrets, update_secret
from infisical.api.served_values import ServedFolder, read_served
from operations.errors import OperationError
from operations.values.access.asking import ask
from operations.values.access.login import Access

T = TypeVar("T")


@dataclass(frozen=True)
class Stored:
    """Values as Infisical stores them: references are not expanded. This login does not see the `hidden` ones."""

    values: Mapping[KeyId, str] = field(repr=False)
    hidden: frozenset[KeyId] = frozenset()


@dataclass(frozen=True)
class Served:
    """Values as the operator gets them, by folder."""

    project_id: str
    folders: Mapping[str, ServedFolder] = field(repr=False)


@dataclass(frozen=True)
class Everything:
    """
    :param folders: by path; the secrets as Infisical stores them
    :param others: the slugs of the project's other environments
    """

    project: str
    environment: str
    folders: Mapping[str, FolderCopy] = field(repr=False)
    others: tuple[str, ...]


@dataclass(frozen=True)
class Write:
    """A value to write, and the value that it replaces; None if the secret does not exist."""

    value: str = field(repr=False)
    replaced: str | None = field(default=None, repr=False)


class Infisical:
    def __init__(self, access: Access, homelab: Homelab[None]) -> None:
        self._access = access
        self._slug = homelab.store.project_slug
        self._environment = homelab.store.environment_slug

    @property
    def url(self) -> str:
        return self._access.url

    def stored(self, folders: Iterable[str]) -> Stored:
        """
        The secrets of folders. A folder that does not exist has none.

        :raises InfisicalError: they cannot be read
        :raises OperationError: the project or environment does not exist, or the login may not read it
        """
        wanted = sorted({*folders})
        return self._asked(lambda session: self._stored(session, wanted))

    def served(self, folders: Iterable[str]) -> Served:
        """As `stored`, with references expanded and imports included."""
        wanted = sorted({*folders})
        return self._asked(lambda session: self._served(session, wanted))

    def everything(self) -> Everything:
        """
        Every folder of the environment, whether a key of it is declared or not.

        :raises InfisicalError: they cannot be read
        :raises OperationError: the project or environment does not exist, or the login may not read it
        """
        return self._asked(self._everything)

    def write(self, writes: Mapping[KeyId, Write], done: Callable[[KeyId], None]) -> None:
        """
        Write secrets, and create folders that do not exist.

        :param done: called after each secret
        :raises OperationError: a value to replace has changed since it was read
        """
        self._asked(lambda session: self._write(session, writes, done))

    async def _stored(self, session: Session, folders: Collection[str]) -> Stored:
        project = await self._project(session)
        values: dict[KeyId, str] = {}
        hidden: set[KeyId] = set()
        for folder in folders:
            location = Location(project.id, self._environment, folder)
            try:
                found = await read_folder(session, location)
            except NotFound:
                continue
            values |= {(folder, copy.name): copy.value for copy in found.secrets}
            hidden |= {(folder, name) for name in found.hidden}
        return Stored(values, frozenset(hidden))

    async def _everything(self, session: Session) -> Everything:
        project = await self._project(session)
        locations = await list_all_folders(session, project.id, self._environment)
        folders = {each.path: await read_folder(session, each) for each in locations}
        others = tuple(each for each in project.environments if each != self._environment)
        return Everything(project.slug, self._environment, folders, others)

    async def _served(self, session: Session, folders: Collection[str]) -> Served:
        project = await self._project(session)
        found = {
            folder: await read_served(session, Location(project.id, self._environment, folder)) for folder in folders
        }
        return Served(project.id, found)

    async def _write(self, session: Session, writes: Mapping[KeyId, Write], done: Callable[[KeyId], None]) -> None:
        project = await self._project(session)
        for folder in dict.fromkeys(folder for folder, _ in writes):
            location = Location(project.id, self._environment, folder)
            try:
                existing = await list_secrets(session, location)
            except NotFound:
                for level in location.levels:
                    await create_folder(session, level)
                existing = {}
            for identity, write in writes.items():
                name = identity[1]
                if identity[0] != folder:
                    continue
                found = existing.get(name)
                if (found.value if found else None) != write.replaced:
                    what = f"{name} at {location} changed in Infisical while the command ran"
                    raise OperationError(what, expected="the value that was compared", fix="run the command again")
                if found:
                    await update_secret(session, location, found, write.value)
                else:
                    await create_secret(session, location, name, write.value)
                done(identity)

    async def _project(self, session: Session) -> Project:
        project = await find_project(session, self._slug)
        if project is None:
            what = f"Infisical at {self.url} has no project {self._slug!r}"
            raise OperationError(what, fix="run `pulumi up` to create it, then run the command again")
        if project.environments and self._environment not in project.environments:
            what = f"The project {self._slug!r} at {self.url} has no environment {self._environment!r}"
            found = ", ".join(project.environments)
            raise OperationError(what, found=found, fix="run `pulumi up` to create it, then run the command again")
        return project

    def _asked(self, work: Callable[[Session], Awaitable[T]]) -> T:
        return ask(self._access, f"the project {self._slug!r}", work)
