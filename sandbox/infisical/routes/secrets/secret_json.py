"""How the API shows a secret: each kind of answer has its own set of fields."""

from __future__ import annotations

import random
from typing import Any

from sandbox.infisical.records.secret_store import Secret

HIDDEN = "<hidden-by-infisical>"


def shown(secret: Secret, project_id: str, environment: str, *, hidden: bool = False) -> dict[str, Any]:
    """The fields of every answer."""
    return {
        "id": secret.id,
        "_id": secret.id,
        "workspace": project_id,
        "environment": environment,
        "version": secret.version,
        "type": "shared",
        "secretKey": secret.name,
        "secretValue": HIDDEN if hidden else secret.value,
        "secretComment": secret.comment,
        "secretReminderNote": secret.reminder_note,
        "secretReminderRepeatDays": secret.reminder_days,
        "skipMultilineEncoding": secret.skip_multiline,
        "createdAt": secret.created,
        "updatedAt": secret.updated,
    }


def created(secret: Secret, project_id: str, environment: str) -> dict[str, Any]:
    return shown(secret, project_id, environment) | _rotation()


def updated(
    secret: Secret, project_id: str, environment: str, *, hidden: bool, comment: str | None = None
) -> dict[str, Any]:
    """
    :param comment: shown instead of the stored one
    """
    answer = shown(secret, project_id, environment, hidden=hidden) | _rotation() | {"secretValueHidden": hidden}
    return answer if comment is None else answer | {"secretComment": comment}


def deleted(secret: Secret, project_id: str, environment: str, *, hidden: bool) -> dict[str, Any]:
    return shown(secret, project_id, environment, hidden=hidden) | {"secretValueHidden": hidden}


def read(secret: Secret, project_id: str, environment: str, path: str, *, hidden: bool) -> dict[str, Any]:
    """One secret, or one of a list; an earlier version has neither tags nor metadata."""
    answer = shown(secret, project_id, environment, hidden=hidden) | {"secretValueHidden": hidden, "secretPath": path}
    if secret.metadata is None:
        return answer
    return answer | _rotation() | {"tags": list(secret.tags), "secretMetadata": _metadata(secret)}


def imported(secret: Secret, environment: str, *, hidden: bool) -> dict[str, Any]:
    """A secret within an import of a list."""
    left_out = ("secretReminderNote", "secretReminderRepeatDays", "createdAt", "updatedAt")
    answer = {k: v for k, v in shown(secret, "", environment, hidden=hidden).items() if k not in left_out}
    return answer | _rotation() | {"secretValueHidden": hidden, "secretMetadata": _metadata(secret)}


def _rotation() -> dict[str, Any]:
    return {"isRotatedSecret": False, "rotationId": None}


def _metadata(secret: Secret) -> list[dict[str, Any]]:
    """In random order, as from the real server's database."""
    shown = [
        {"key": each["key"], "value": each["value"], "isEncrypted": bool(each.get("isEncrypted"))}
        for each in secret.metadata or ()
    ]
    return random.sample(shown, len(shown))
