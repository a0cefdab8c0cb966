"""Folders of an environment."""

from __future__ import annotations

from dataclasses import dataclass

from infisical.api.errors import NotFound, Refused
from infisical.api.http.call import Call, path
from infisical.api.http.generations import first_known
from infisical.api.http.session import Session


@dataclass(frozen=True)
class Location:
    """A folder of a project's environment: `path` starts with '/', and ends with it only for the root."""

    project_id: str
    environment: str
    path: str = "/"

    def __str__(self) -> str:
        return f"{self.path} in {self.environment}"

    @property
    def levels(self) -> tuple[Location, ...]:
        """All parents below the root, and this folder."""
        names = [name for name in self.path.split("/") if name]
        return tuple(
            Location(self.project_id, self.environment, "/" + "/".join(names[: depth + 1]))
            for depth in range(len(names))
        )

    @property
    def parent(self) -> Location:
        return Location(self.project_id, self.environment, self.path.rpartition("/")[0] or "/")

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


@dataclass(frozen=True)
class Folder:
    """A folder as the server reports it."""

    id: str
    description: str


async def find_folder(session: Session, location: Location) -> Folder | None:
    """The folder at a location below the root, or None."""
    return (await _folders(session, location.parent) or {}).get(location.name)


async def list_folders(session: Session, location: Location) -> dict[str, str] | None:
    """The ids of the folders right below a location, by name; None if the location does not exist."""
    found = await _folders(session, location)
    return None if found is None else {name: folder.id for name, folder in found.items()}


async def _folders(session: Session, location: Location) -> dict[str, Folder] | None:
    what = f"list the folders of {location}"
    common = {"environment": location.environment, "path": location.path}
    calls = [
        Call(what=what, method="GET", path="/api/v2/folders", query={"projectId": location.project_id, **common}),
        Call(what=what, method="GET", path="/api/v1/folders", query={"workspaceId": location.project_id, **common}),
    ]
    try:
        answer = await first_known(session, "list folders", calls)
    except NotFound:
        return None
    return {
        entry.string("name"): Folder(entry.string("id"), str(entry.body.get("description") or ""))
        for entry in answer.each("folders")
    }


async def list_all_folders(session: Session, project_id: str, environment: str) -> list[Location]:
    """Every folder of an environment, the root first; empty if the environment does not exist."""
    root = Location(project_id, environment)
    what, query = f"list all folders of {environment}", {"environment": environment, "path": "/", "recursive": "true"}
    calls = [
        Call(what=what, method="GET", path="/api/v2/folders", query={"projectId": project_id, **query}),
        Call(what=what, method="GET", path="/api/v1/folders", query={"workspaceId": project_id, **query}),
    ]
    try:
        answer = await first_known(session, "list folders", calls)
    except NotFound:
        return []
    paths = sorted(entry.string("relativePath") for entry in answer.each("folders"))
    return [root, *(Location(project_id, environment, path) for path in paths)]


async def create_folder(session: Session, location: Location, description: str = "") -> None:
    """Create a folder, which may exist already. Its parent must exist."""
    what = f"create the folder {location}"
    common = {"environment": location.environment, "name": location.name, "path": location.parent.path}
    common |= {"description": description} if description else {}
    calls = [
        Call(what=what, method="POST", path="/api/v2/folders", body={"projectId": location.project_id, **common}),
        Call(what=what, method="POST", path="/api/v1/folders", body={"workspaceId": location.project_id, **common}),
    ]
    try:
        await first_known(session, "create folder", calls)
    except Refused as error:
        if not error.exists_already:
            raise


async def delete_folder(session: Session, location: Location, folder_id: str) -> None:
    """Delete a folder with its content; it may be gone already."""
    what = f"delete the folder {location}"
    common = {"environment": location.environment, "path": location.parent.path}
    current, legacy = path("/api/v2/folders/{}", folder_id), path("/api/v1/folders/{}", folder_id)
    calls = [
        Call(
            what=what, method="DELETE", path=current, body={"projectId": location.project_id, **common}, repeatable=True
        ),
        Call(
            what=what,
            method="DELETE",
            path=legacy,
            body={"workspaceId": location.project_id, **common},
            repeatable=True,
        ),
    ]
    try:
        await first_known(session, "delete folder", calls)
    except NotFound:
        return
