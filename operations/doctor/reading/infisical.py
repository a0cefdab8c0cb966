"""What Infisical answers: to anybody, and to the operator's login."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import replace

from declaration import AppSecret, Homelab, key_id
from infisical import rules
from infisical.api.errors import Blocked, InfisicalError, NotFound, Refused
from infisical.api.folders import Location
from infisical.api.http.server import Server, brief_calls, untrusted
from infisical.api.http.session import Login as Credentials
from infisical.api.http.session import Session
from infisical.api.instance import check_answers, is_initialized
from infisical.api.projects import Project, find_project
from infisical.api.secrets import list_secrets
from infisical.api.served_values import read_served
from infisical.api.universal_auth import log_in, revoke_token
from operations.doctor.facts import Certificate, Folder, Infisical, Login, Unread, cause_of
from operations.doctor.reading.asking import gathered
from operations.doctor.reading.certificate import expiry
from operations.doctor.steps.contents import refers_elsewhere

ACCEPTED, FORBIDDEN = 200, 403


async def read_public(server: Server) -> Infisical:
    """What it answers without a login."""
    expires, (silent, refused) = await asyncio.gather(expiry(server.url), _silent(server))
    found = Infisical(server.url, silent=silent, certificate=Certificate(expires, refused))
    if silent or refused:
        return found
    return replace(found, initialized=await _initialized(server), seconds_ahead=server.seconds_ahead)


async def read_as_operator(
    found: Infisical,
    server: Server,
    credentials: Mapping[str, bytes],
    homelab: Homelab[None],
    secrets: Iterable[AppSecret],
) -> Infisical:
    """The same with what the operator's login sees, whose access token is revoked at the end."""
    with brief_calls():
        anonymous = Session(server, Credentials())
        client_id, client_secret = (
            credentials.get(key, b"").decode(errors="replace") for key in ("clientId", "clientSecret")
        )
        try:
            token = await log_in(anonymous, client_id, client_secret)
        except Refused as error:
            return replace(found, login=Login(error.status, error.reason))
        except InfisicalError as error:
            return replace(found, login=Login(0, cause_of(error)))
        try:
            session = Session(server, Credentials(token=token))
            project = await _project(session, homelab.store.project_slug)
            folders = await _folders(session, project, homelab, secrets)
        finally:
            await _revoke(anonymous, token)
    return replace(found, login=Login(ACCEPTED), project=project, folders=folders)


async def _silent(server: Server) -> tuple[str, str]:
    """Why it does not answer, and why its certificate is not trusted."""
    try:
        with brief_calls():
            await check_answers(server)
    except Blocked as error:
        return "", untrusted(error) or str(error)
    except InfisicalError as error:
        return cause_of(error), ""
    return "", ""


async def _initialized(server: Server) -> bool | None:
    try:
        with brief_calls():
            return await is_initialized(server)
    except InfisicalError:
        return None


async def _project(session: Session, slug: str) -> Project | Unread | None:
    try:
        return await find_project(session, slug)
    except InfisicalError as error:
        return Unread(_words(error))


async def _folders(
    session: Session, project: Project | Unread | None, homelab: Homelab[None], secrets: Iterable[AppSecret]
) -> dict[Location, Folder]:
    if not isinstance(project, Project):
        return {}
    environment, needed = homelab.store.environment_slug, _needed(homelab, secrets)
    readable = homelab.readable_folders
    locations = {Location(project.id, environment, path): names for path, names in needed.items()}
    found = await gathered(_folder(session, location, names, readable) for location, names in locations.items())
    return dict(zip(locations, found, strict=True))


async def _folder(session: Session, location: Location, names: set[str] | None, readable: tuple[str, ...]) -> Folder:
    """:param names: of the secrets that apps read; None for all of the folder"""
    try:
        stored = {name: each.value for name, each in (await list_secrets(session, location)).items()}
    except NotFound:
        stored = {}
    except InfisicalError as error:
        return Folder(refused=_words(error))
    wanted = set(stored) if names is None else names
    if names is not None and names <= stored.keys() and not any(rules.references(stored[name]) for name in names):
        return Folder(stored)
    try:
        return Folder((await read_served(session, location)).values)
    except Refused as error:
        # One value that refers to a folder which the identity may not read makes Infisical refuse the whole list.
        unreadable = {name for name in wanted if refers_elsewhere(stored.get(name, ""), location, readable)}
        if error.status != FORBIDDEN or not unreadable:
            return Folder(stored, refused=_words(error))
        return Folder(stored, unreadable=frozenset(unreadable))
    except InfisicalError as error:
        return Folder(stored, refused=_words(error))


def _needed(homelab: Homelab[None], secrets: Iterable[AppSecret]) -> dict[str, set[str] | None]:
    """By folder, the names that the Secrets read; None for all of them."""
    found: dict[str, set[str] | None] = {}
    for secret in secrets:
        for key in secret.keys:
            folder, name = key_id(homelab.store, secret.app, key)
            names = found.setdefault(folder, set())
            if names is not None:
                names.add(name)
        found |= dict.fromkeys((each.path for each in secret.folders), None)
    return found


async def _revoke(session: Session, token: str) -> None:
    try:
        await revoke_token(session, token)
    except InfisicalError:
        # It expires by itself.
        return


def _words(error: InfisicalError) -> str:
    return f"{error.status}: {error.reason}" if isinstance(error, Refused) else cause_of(error)
