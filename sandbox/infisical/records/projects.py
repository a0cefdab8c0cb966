"""Projects as they are stored and shown."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sandbox.infisical.server.routing import Json
from sandbox.infisical.storage.database import Database, Row, new_id


def add_project(
    database: Database,
    org_id: str,
    name: str,
    slug: str,
    stamp: str,
    *,
    kind: str = "secret-manager",
    description: str | None = None,
) -> Row:
    project = {"id": new_id(), "org_id": org_id, "name": name, "slug": slug, "description": description, "type": kind}
    return database.insert("projects", project | {"delete_protection": 0, "created": stamp, "updated": stamp})


def add_member(database: Database, project_id: str, kind: str, actor_id: str, roles: Sequence[str], stamp: str) -> Row:
    """
    :param kind: of the actor, `user` or `identity`
    """
    member = {"id": new_id(), "project_id": project_id, "actor_kind": kind, "actor_id": actor_id}
    times = {"created": stamp, "updated": stamp}
    return database.insert("memberships", member | {"roles": roles_json(roles)} | times)


def roles_json(roles: Sequence[str]) -> str:
    return json.dumps([{"id": new_id(), "role": role} for role in roles])


def project_json(database: Database, project: Row) -> Json:
    """The project with its environments, as answers show it."""
    environments = database.rows(
        "SELECT name, slug, id FROM environments WHERE project_id = ? ORDER BY position", project["id"]
    )
    return bare_project_json(project) | {"_id": project["id"], "environments": environments}


def bare_project_json(project: Row) -> Json:
    return {
        "id": project["id"],
        "name": project["name"],
        "description": project["description"],
        "type": project["type"],
        "defaultProduct": None,
        "slug": project["slug"],
        "autoCapitalization": False,
        "orgId": project["org_id"],
        "createdAt": project["created"],
        "updatedAt": project["updated"],
        "version": 3,
        "upgradeStatus": None,
        "pitVersionLimit": 10,
        "kmsCertificateKeyId": None,
        "auditLogsRetentionDays": None,
        "hasDeleteProtection": bool(project["delete_protection"]),
        "secretSharing": True,
        "showSnapshotsLegacy": False,
        "secretDetectionIgnoreValues": None,
        "enforceEncryptedSecretManagerSecretMetadata": None,
    }
