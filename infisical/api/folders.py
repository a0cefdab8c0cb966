"""Folders of an environment."""

from __future__ import annotations

from dataclasses import dataclass

from infisical.api.call import Call, path
from infisical.api.errors import NotFound, Refused
from infisical.api.generations import first_known
from infisical.api.session import Session


@dataclass(frozen=True)
class Place:
    """A folder of a project's environment: `path` starts with '/' and ends without one, but for the root."""

    project_id: str
    environment: str
    path: str = "/"

    def __str__(self) -> str:
        return f"{self.path} in {self.environment}"

    @property
    def levels(self) -> tuple[Place, ...]:
        """Every folder on the way from below the root to this one."""
        names = [name for name in self.path.split("/") if name]
        return tuple(
            Place(self.project_id, self.environment, "/" + "/".join(names[: depth + 1])) for depth in range(len(names))
        )

    @property
    def parent(self) -> Place:
        return Place(self.project_id, self.environment, self.path.rpartition("/")[0] or "/")

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


async def list_folders(session: Session, place: Place) -> dict[str, str] | None:
    """The ids of the folders right below a place, by name; None where the place does not exist."""
    what = f"list the folders of {place}"
    common = {"environment": place.environment, "path": place.path}
    calls = [
        Call(what=what, method="GET", path="/api/v2/folders", query={"projectId": place.project_id, **common}),
        Call(what=what, method="GET", path="/api/v1/folders", query={"workspaceId": place.project_id, **common}),
    ]
    try:
        answer = await first_known(session, "list folders", calls)
    except NotFound:
        return None
    return {entry.text("name"): entry.text("id") for entry in answer.each("folders")}


async def list_all_folders(session: Session, project_id: str, environment: str) -> list[Place]:
    """Every folder of an environment, the root first; none where there is no such environment."""
    root = Place(project_id, environment)
    what, query = f"list all folders of {environment}", {"environment": environment, "path": "/", "recursive": "true"}
    calls = [
        Call(what=what, method="GET", path="/api/v2/folders", query={"projectId": project_id, **query}),
        Call(what=what, method="GET", path="/api/v1/folders", query={"workspaceId": project_id, **query}),
    ]
    try:
        answer = await first_known(session, "list folders", calls)
    except NotFound:
        return []
    paths = sorted(entry.text("relativePath") for entry in answer.each("folders"))
    return [root, *(Place(project_id, environment, path) for path in paths)]


async def create_folder(session: Session, place: Place) -> None:
    """Make the folder, whose parent must be there. One that is there already is fine."""
    what = f"create the folder {place}"
    common = {"environment": place.environment, "name": place.name, "path": place.parent.path}
    calls = [
        Call(what=what, method="POST", path="/api/v2/folders", body={"projectId": place.project_id, **common}),
        Call(what=what, method="POST", path="/api/v1/folders", body={"workspaceId": place.project_id, **common}),
    ]
    try:
        await first_known(session, "create folder", calls)
    except Refused as error:
        if not error.exists_already:
            raise


async def delete_folder(session: Session, place: Place, folder_id: str) -> None:
    """Delete a folder with all that is in it; one that is gone already is fine."""
    what = f"delete the folder {place}"
    common = {"environment": place.environment, "path": place.parent.path}
    current, legacy = path("/api/v2/folders/{}", folder_id), path("/api/v1/folders/{}", folder_id)
    calls = [
        Call(what=what, method="DELETE", path=current, body={"projectId": place.project_id, **common}, repeatable=True),
        Call(
            what=what, method="DELETE", path=legacy, body={"workspaceId": place.project_id, **common}, repeatable=True
        ),
    ]
    try:
        await first_known(session, "delete folder", calls)
    except NotFound:
        return
