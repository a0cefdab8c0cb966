"""Projects, their environments, and folders by path."""

from __future__ import annotations

import secrets
import string

from sandbox.infisical.errors import bad_request, not_found
from sandbox.infisical.server.routing import Call
from sandbox.infisical.storage.database import Database, Row, new_id

ROOT = "root"
_SUFFIX = string.ascii_lowercase + string.digits


def with_suffix(name: str) -> str:
    """The name as a slug with a random suffix."""
    base = "-".join("".join(c if c.isalnum() else " " for c in name.lower()).split())
    return f"{base}-{''.join(secrets.choice(_SUFFIX) for _ in range(4))}"


def canonical(path: str) -> str:
    """`apps/web/` and `//apps/web` become `/apps/web`."""
    return "/" + "/".join(filter(None, path.split("/")))


def project_by_id(call: Call, project_id: str) -> Row:
    """
    :raises ApiError: the actor's organization has no such project
    """
    project = _project(call, "id", project_id)
    if project is None:
        message = f"Project with ID '{project_id}' not found"
        raise not_found(message)
    return project


def project_by_slug(call: Call, slug: str) -> Row:
    """
    :raises ApiError: the actor's organization has no such project
    """
    project = _project(call, "slug", slug)
    if project is None:
        message = f"Project with slug '{slug}' not found"
        raise not_found(message)
    return project


def project_of_secrets(call: Call, project_id: str) -> Row:
    """
    The project of a request about secrets, with the error texts of those routes.

    :raises ApiError: the actor's organization has no such project
    """
    project = _project(call, "id", project_id)
    if project is None:
        sure = "Are you sure you are using the correct project ID?"
        message = f"Project with ID '{project_id}' not found during bot lookup. {sure}"
        raise not_found(message)
    return project


def _project(call: Call, column: str, value: str) -> Row | None:
    return call.database.one(f"SELECT * FROM projects WHERE org_id = ? AND {column} = ?", call.org_id, value)


def environment_of(database: Database, project_id: str, slug: str) -> Row | None:
    return database.one("SELECT * FROM environments WHERE project_id = ? AND slug = ?", project_id, slug)


def add_environment(database: Database, project_id: str, name: str, slug: str, stamp: str) -> Row:
    """
    Add an environment with its root folder at the end of the project's list.

    :raises ApiError: the project has an environment with this slug
    """
    if environment_of(database, project_id, slug):
        message = f"Environment with slug '{slug}' already exists"
        raise bad_request(message)
    last = database.one("SELECT MAX(position) AS position FROM environments WHERE project_id = ?", project_id)
    position = (last["position"] or 0) + 1 if last else 1
    environment: Row = {"id": new_id(), "project_id": project_id, "name": name, "slug": slug, "position": position}
    database.insert("environments", environment | {"created": stamp, "updated": stamp})
    add_folder(database, environment["id"], None, ROOT, stamp)
    return environment | {"created": stamp, "updated": stamp}


def folder_at(database: Database, project_id: str, environment: str, path: str) -> Row | None:
    """The folder at a canonical path; None when it or the environment does not exist."""
    found = environment_of(database, project_id, environment)
    folder = found and database.one("SELECT * FROM folders WHERE environment_id = ? AND parent_id IS NULL", found["id"])
    for name in path.split("/"):
        if folder and name:
            folder = child(database, folder["id"], name)
    return folder


def child(database: Database, folder_id: str, name: str) -> Row | None:
    return database.one("SELECT * FROM folders WHERE parent_id = ? AND name = ?", folder_id, name)


def children(database: Database, folder_id: str) -> list[Row]:
    return database.rows("SELECT * FROM folders WHERE parent_id = ? ORDER BY name", folder_id)


def add_folder(
    database: Database,
    environment_id: str,
    parent_id: str | None,
    name: str,
    stamp: str,
    description: str | None = None,
) -> Row:
    times = {"version": 1, "created": stamp, "updated": stamp}
    folder = {"id": new_id(), "environment_id": environment_id, "parent_id": parent_id, "name": name}
    return database.insert("folders", folder | {"description": description} | times)


def below(database: Database, folder: Row, path: str) -> list[tuple[str, Row]]:
    """All folders below this one with their canonical paths, level by level."""
    found, level = [], [(path, folder)]
    while level:
        level = [
            (f"{parent.rstrip('/')}/{each['name']}", each)
            for parent, within in level
            for each in children(database, within["id"])
        ]
        level.sort(key=lambda each: str(each[1]["name"]))
        found += level
    return found
