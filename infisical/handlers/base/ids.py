"""Resource ids that contain a location: `<project>/<environment>/<folders…>`."""

from __future__ import annotations

import uuid

from infisical.api.errors import Blocked
from infisical.api.folders import Location
from infisical.api.projects import find_project
from infisical.handlers.base.handler import Operation
from infisical.properties import Properties


def location_of(properties: Properties) -> Location:
    """The location in inputs or a state."""
    return Location(properties.string("projectId"), properties.string("environment"), properties.string("path", "/"))


def id_of(location: Location, name: str = "") -> str:
    """A location as an id; `name` becomes the last part."""
    folders = location.path.strip("/")
    return "/".join(filter(None, (location.project_id, location.environment, folders, name)))


async def parse_id(operation: Operation, resource_id: str, *, named: bool) -> tuple[Location, str]:
    """
    The location and name in an id; its project may be an id or a slug.

    :raises Blocked: the id has another form, or the project does not exist
    """
    parts = resource_id.split("/")
    if len(parts) < 3 or not all(parts):
        form = "<project>/<environment>/<folders…>" + ("/<NAME>, without folders for the root" if named else "")
        message = f"Cannot import {resource_id!r}: expected an ID of the form {form}, with the project's ID or slug."
        raise Blocked(message)
    project_id = parts[0]
    if not _is_uuid(project_id):
        project = await find_project(operation.session, project_id)
        if project is None:
            message = f"Cannot import {resource_id!r}: project {project_id!r} not found. Use its ID or its slug."
            raise Blocked(message)
        project_id = project.id
    folders, name = (parts[2:-1], parts[-1]) if named else (parts[2:], "")
    return Location(project_id, parts[1], "/" + "/".join(folders)), name


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False
