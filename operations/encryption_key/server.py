"""Infisical as a rotation uses it: reads the whole project, and writes it to an empty server."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Final, TypeVar

from infisical.api.errors import Refused, Unreachable
from infisical.api.folders import Location, create_folder, list_folders
from infisical.api.http.server import Server, brief_calls
from infisical.api.http.session import Login, Session
from infisical.api.identities import list_identities
from infisical.api.instance import bootstrap, check_answers, is_initialized
from infisical.api.projects import Project, create_environment, create_project, find_project, list_projects
from infisical.api.secret_copies import SecretCopy, read_folder, write_copy
from operations.encryption_key.cipher import Cipher
from operations.encryption_key.cluster import SLOW
from operations.encryption_key.errors import Differs, StepFailed
from operations.encryption_key.export import Export, Folder

POLL_SECONDS: Final = 1.0

T = TypeVar("T")


@dataclass(frozen=True)
class Content:
    """What a server holds: the export, and descriptions of what a rotation does not carry over."""

    export: Export
    not_exported: tuple[str, ...]


class Infisical:
    """
    One server with its administrator's login.

    :param slug: the slug of the project that the store reads
    :param longest: seconds until it answers: a server with an empty database migrates it first
    """

    def __init__(self, url: str, login: Login, slug: str, longest: float) -> None:
        self._longest = longest
        self.url = url
        self._login = login
        self._slug = slug

    def read(self, identities: Collection[str] = ()) -> Content:
        """
        Return the project, and what else the server holds.

        :param identities: names of the identities that an update creates again
        :raises InfisicalError: the server cannot be read
        :raises Differs: the project does not exist
        """
        return self._asked(lambda session: _read(session, self._slug, identities))

    def wait(self) -> None:
        """
        Return when the server answers.

        :raises StepFailed: it did not answer in time
        """
        self._asked(self._wait)

    def write(self, export: Export, cipher: Cipher) -> None:
        """
        Set up the server if it is empty, and write the secrets of the export that it lacks.

        :raises InfisicalError: the server cannot be written
        """
        self._asked(lambda session: _write(session, self._login, export, cipher))

    def _asked(self, work: Callable[[Session], Awaitable[T]]) -> T:
        async def run() -> T:
            async with self._session() as session:
                return await work(session)

        return asyncio.run(run())

    @contextlib.asynccontextmanager
    async def _session(self) -> AsyncIterator[Session]:
        server = Server(self.url)
        try:
            yield Session(server, self._login)
        finally:
            await server.close()

    async def _wait(self, session: Session) -> None:
        server = session.server
        began = server.clock.now()
        while True:
            try:
                with brief_calls():
                    await check_answers(server)
            except (Unreachable, Refused) as error:
                if server.clock.now() - began > self._longest:
                    what = f"Timed out after {self._longest:.0f} s waiting for Infisical at {self.url}"
                    logs = "`kubectl logs -n infisical -l app.kubernetes.io/component=infisical`"
                    raise StepFailed(what, found=str(error), fix=f"find the reason with {logs}; {SLOW}") from error
                await server.clock.sleep(POLL_SECONDS)
            else:
                return


async def _read(session: Session, slug: str, identities: Collection[str]) -> Content:
    project = await _found(session, slug)
    folders: list[tuple[Folder, tuple[SecretCopy, ...]]] = []
    beyond: list[str] = []
    for environment in project.environments:
        async for place in _folders(session, Location(project.id, environment)):
            copy = await read_folder(session, place)
            folders.append((Folder(place.environment, place.path), copy.secrets))
            beyond += copy.beyond
    others = [f"the project {other!r}" for other in await list_projects(session) if other != slug]
    others += [f"the identity {name!r}" for name in await list_identities(session) if name not in identities]
    return Content(Export(slug, project.name, project.environments, tuple(folders)), (*others, *beyond))


async def _folders(session: Session, place: Location) -> AsyncIterator[Location]:
    """Yield a folder, then its descendants."""
    yield place
    for name in sorted(await list_folders(session, place) or {}):
        below = Location(place.project_id, place.environment, f"{place.path.rstrip('/')}/{name}")
        async for folder in _folders(session, below):
            yield folder


async def _write(session: Session, login: Login, export: Export, cipher: Cipher) -> None:
    if not await is_initialized(session.server):
        organization = await bootstrap(session.server, login)
        session.use_organization(organization.id)
    project = await find_project(session, export.slug) or await create_project(session, export.slug, export.name)
    for slug, name in export.environments.items():
        if slug not in project.environments:
            await create_environment(session, project, slug, name)
    expected = export.fingerprints(cipher)
    for folder, secrets in export.folders:
        place = Location(project.id, folder.environment, folder.path)
        if folder.path != "/":
            await create_folder(session, place)
        existing = {copy.name: copy for copy in (await read_folder(session, place)).secrets}
        found = Export(export.slug, export.name, {}, ((folder, tuple(existing.values())),)).fingerprints(cipher)
        for secret in secrets:
            where = f"{secret.name} at {folder}"
            if found.get(where) != expected[where]:
                await write_copy(session, place, secret, exists=secret.name in existing)


async def _found(session: Session, slug: str) -> Project:
    project = await find_project(session, slug)
    if project is None:
        what = f"Infisical at {session.server.url} has no project {slug!r}"
        raise Differs(what, expected="the project that the store reads", fix="run `pulumi up` to create it")
    return project
