"""Resource ids that say where something is: `<project>/<environment>/<folders…>`."""

from __future__ import annotations

import uuid

from infisical.api.errors import Blocked
from infisical.api.folders import Place
from infisical.api.projects import find_project
from infisical.handlers.kind import Task
from infisical.handlers.properties import Properties


def place_of(properties: Properties) -> Place:
    """The place that inputs or a state name."""
    return Place(properties.text("projectId"), properties.text("environment"), properties.text("path", "/"))


def id_of(place: Place, name: str = "") -> str:
    """Where something is, as an id; `name` is the last part."""
    folders = place.path.strip("/")
    return "/".join(filter(None, (place.project_id, place.environment, folders, name)))


async def parse_id(task: Task, resource_id: str, *, named: bool) -> tuple[Place, str]:
    """
    The place and name of an id; its project may be an id or a slug.

    :raises Blocked: it is no such id, or there is no such project
    """
    parts = resource_id.split("/")
    if len(parts) < 3 or not all(parts):
        form = "<project>/<environment>/<folders…>" + ("/<NAME>, without folders for the root" if named else "")
        message = f"the id {resource_id!r} is not of the form {form}, with the project's id or slug"
        raise Blocked(message)
    project_id = parts[0]
    if not _is_uuid(project_id):
        project = await find_project(task.session, project_id)
        if project is None:
            message = f"there is no project {project_id!r}, which the id {resource_id!r} names"
            raise Blocked(message)
        project_id = project.id
    folders, name = (parts[2:-1], parts[-1]) if named else (parts[2:], "")
    return Place(project_id, parts[1], "/" + "/".join(folders)), name


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False
