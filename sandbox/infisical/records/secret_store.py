"""The stored secrets: encrypted, with all versions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sandbox.infisical.server.state import ServerState
from sandbox.infisical.storage.database import Row, new_id


@dataclass(frozen=True)
class Secret:
    """One decrypted secret; for an earlier version, `metadata` is None."""

    id: str
    folder_id: str
    name: str
    version: int
    value: str = field(repr=False)
    comment: str = field(repr=False)
    metadata: Sequence[dict[str, Any]] | None
    skip_multiline: bool
    created: str
    updated: str
    tags: Sequence[dict[str, Any]] = ()
    reminder_note: str | None = None
    reminder_days: int | None = None


def find(state: ServerState, folder_id: str, name: str) -> Secret | None:
    row = state.database.one("SELECT * FROM secrets WHERE folder_id = ? AND name = ?", folder_id, name)
    return _opened(state, row) if row else None


def find_by_id(state: ServerState, secret_id: str) -> Secret | None:
    row = state.database.one("SELECT * FROM secrets WHERE id = ?", secret_id)
    return _opened(state, row) if row else None


def versions(state: ServerState, secret_id: str) -> list[Secret]:
    """All versions, the newest first."""
    rows = state.database.rows(
        "SELECT secret_id AS id, * FROM secret_versions WHERE secret_id = ? ORDER BY version DESC", secret_id
    )
    return [_opened(state, row) for row in rows]


def find_version(state: ServerState, folder_id: str, name: str, version: int) -> Secret | None:
    row = state.database.one(
        "SELECT secret_id AS id, * FROM secret_versions WHERE folder_id = ? AND name = ? AND version = ? "
        "ORDER BY rowid DESC",
        folder_id,
        name,
        version,
    )
    return _opened(state, row) if row else None


def in_folder(state: ServerState, folder_id: str) -> list[Secret]:
    """The folder's secrets by name, upper case first."""
    rows = state.database.rows("SELECT * FROM secrets WHERE folder_id = ? ORDER BY name", folder_id)
    return [_opened(state, row) for row in rows]


def add(
    state: ServerState,
    folder_id: str,
    name: str,
    value: str,
    comment: str,
    metadata: Sequence[dict[str, Any]],
    skip_multiline: bool,
    **marks: Any,
) -> Secret:
    """
    The new secret, version 1; the name must be free.

    :param marks: its tags and its reminder, by the names of the attributes
    """
    stamp = state.clock.stamp()
    secret = Secret(new_id(), folder_id, name, 1, value, comment, metadata, skip_multiline, stamp, stamp, **marks)
    row = {"id": secret.id, "folder_id": folder_id, **_sealed(state, secret)}
    state.database.insert("secrets", row | _unversioned(secret))
    _keep_version(state, secret)
    return secret


def change(state: ServerState, secret: Secret, **changes: Any) -> Secret:
    """Store the next version, even if nothing differs."""
    changed = replace(secret, **changes, version=secret.version + 1, updated=state.clock.stamp())
    state.database.update("secrets", secret.id, _sealed(state, changed) | _unversioned(changed))
    _keep_version(state, changed)
    return changed


def remove(state: ServerState, secret: Secret) -> None:
    state.database.run("DELETE FROM secrets WHERE id = ?", secret.id)


def _keep_version(state: ServerState, secret: Secret) -> None:
    row = {"secret_id": secret.id, "folder_id": secret.folder_id, **_sealed(state, secret)}
    state.database.insert("secret_versions", row)


def _unversioned(secret: Secret) -> Row:
    """What only the newest version has."""
    return {
        "metadata": json.dumps(list(secret.metadata or ())),
        "tags": json.dumps([tag["id"] for tag in secret.tags]),
        "reminder_note": secret.reminder_note,
        "reminder_days": secret.reminder_days,
    }


def _sealed(state: ServerState, secret: Secret) -> Row:
    return {
        "name": secret.name,
        "version": secret.version,
        "value": state.vault.seal(secret.value, _place(secret.id, secret.version, "value")),
        "comment": state.vault.seal(secret.comment, _place(secret.id, secret.version, "comment")),
        "skip_multiline": secret.skip_multiline,
        "created": secret.created,
        "updated": secret.updated,
    }


def _opened(state: ServerState, row: Row) -> Secret:
    return Secret(
        id=row["id"],
        folder_id=row["folder_id"],
        name=row["name"],
        version=row["version"],
        value=state.vault.open(row["value"], _place(row["id"], row["version"], "value")),
        comment=state.vault.open(row["comment"], _place(row["id"], row["version"], "comment")),
        metadata=json.loads(row["metadata"]) if "metadata" in row else None,
        skip_multiline=bool(row["skip_multiline"]),
        created=row["created"],
        updated=row["updated"],
        tags=tags_with(state, json.loads(row.get("tags", "[]"))),
        reminder_note=row.get("reminder_note"),
        reminder_days=row.get("reminder_days"),
    )


def tags_with(state: ServerState, ids: Sequence[str]) -> list[dict[str, Any]]:
    """The tags that exist, as answers show them."""
    found = [state.database.one("SELECT id, slug, color, slug AS name FROM tags WHERE id = ?", each) for each in ids]
    return [tag for tag in found if tag]


def _place(secret_id: str, version: int, part: str) -> str:
    return f"secret {secret_id} version {version} {part}"
