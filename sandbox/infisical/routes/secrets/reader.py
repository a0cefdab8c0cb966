"""Which secrets an actor may list, and whether with their values."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.infisical.access.ability import DESCRIBE, READ_VALUE, Ability
from sandbox.infisical.errors import forbidden, not_found
from sandbox.infisical.records import places, secret_store
from sandbox.infisical.records.secret_store import Secret
from sandbox.infisical.routes.secrets.dialects import Target
from sandbox.infisical.routes.secrets.references import Spot, expand
from sandbox.infisical.server.state import ServerState
from sandbox.infisical.storage.database import Row


def facts(environment: str, path: str, name: str) -> dict[str, str]:
    """The fields that a permission's conditions compare."""
    return {"environment": environment, "secretPath": path, "secretName": name}


@dataclass(frozen=True)
class Reader:
    """
    Reads for one actor in one project.

    :param expanding: references in values are replaced
    """

    state: ServerState
    project_id: str
    ability: Ability
    expanding: bool

    def value(self, secret: Secret, environment: str, path: str) -> str:
        """
        The value to show.

        :raises ApiError: it refers to a secret that the actor may not read
        """
        if not self.expanding:
            return secret.value
        return expand(secret.value, Spot(environment, path, secret.name), self._referenced)

    def describes(self, environment: str, path: str, name: str) -> bool:
        return self.ability.can_see(DESCRIBE, facts(environment, path, name))

    def reads(self, environment: str, path: str, name: str) -> bool:
        return self.ability.can_see(READ_VALUE, facts(environment, path, name))

    def imports(self, folder_id: str) -> list[tuple[str, str, Row]]:
        """The folder's imports: environment, path, and the folder at that place."""
        rows = self.state.database.rows(
            "SELECT path, slug AS environment FROM secret_imports "
            "JOIN environments ON environments.id = environment_id WHERE folder_id = ? "
            "ORDER BY secret_imports.position",
            folder_id,
        )
        found = [(row["environment"], row["path"], self._folder(row["environment"], row["path"])) for row in rows]
        return [(environment, path, folder) for environment, path, folder in found if folder]

    def _folder(self, environment: str, path: str) -> Row | None:
        return places.folder_at(self.state.database, self.project_id, environment, path)

    def _referenced(self, target: Spot, by: Spot) -> str:
        # The server checks the permission first, even if there is no such secret.
        if not self.reads(*target):
            what = f"secret '{target.name}' in environment '{target.environment}' at path '{target.path}'"
            whose = f"secret '{by.name}' in environment '{by.environment}' at path '{by.path}'"
            message = f"You do not have permission to read {what}, which is referenced by {whose}."
            raise forbidden(message, "ForbiddenError")
        folder = self._folder(target.environment, target.path)
        secret = secret_store.find(self.state, folder["id"], target.name) if folder else None
        return secret.value if secret else ""


def folder_of(state: ServerState, target: Target, error: str) -> Row:
    """
    :param error: the error's name if the folder does not exist
    :raises ApiError: the environment or folder does not exist
    """
    folder = places.folder_at(state.database, target.project_id, target.environment, target.path)
    if folder is None:
        where = f"'{target.path}' in environment with slug '{target.environment}'"
        message = f"Folder with path {where} not found"
        raise not_found(message, error)
    return folder
