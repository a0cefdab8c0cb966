"""Creating, changing and deleting one secret. Values are trimmed; one newline at the end survives."""

from __future__ import annotations

from functools import partial
from typing import Any

from sandbox.infisical.access.ability import READ_VALUE, SECRETS
from sandbox.infisical.errors import bad_request, not_found, not_imitated
from sandbox.infisical.records import secret_store
from sandbox.infisical.routes.secrets import secret_json
from sandbox.infisical.routes.secrets.dialects import V3, V4, Dialect
from sandbox.infisical.routes.secrets.reader import facts, folder_of
from sandbox.infisical.server.fields import WHITE_SPACE, Fields
from sandbox.infisical.server.routing import Call, Json, Route


def create(dialect: Dialect, call: Call) -> Json:
    name, fields = call.parameters["name"], call.fields()
    check_name(Fields({}), name, "secretName")
    value, comment = trimmed(fields.text("secretValue", trim=False)), fields.text("secretComment", "")
    metadata, skip = read_metadata(fields), fields.flag("skipMultilineEncoding", False)
    marks = read_marks(call, fields)
    shared_only(fields)
    target = dialect.write_target(call, fields)
    ability = call.ability(target.project_id)
    folder = folder_of(call.state, target, "CreateSecret")
    if secret_store.find(call.state, folder["id"], name):
        raise bad_request("Secret already exists")
    ability.require("create", SECRETS, facts(target.environment, target.path, name))
    secret = secret_store.add(call.state, folder["id"], name, value, comment, metadata or [], skip, **marks)
    return {"secret": secret_json.created(secret, target.project_id, target.environment)}


def update(dialect: Dialect, call: Call) -> Json:
    """Update a secret. An equal value also creates a new version."""
    name, fields = call.parameters["name"], call.fields()
    changes, new_name = read_changes(fields) | read_marks(call, fields), fields.optional_text("newSecretName")
    shared_only(fields)
    target = dialect.write_target(call, fields)
    ability = call.ability(target.project_id)
    folder = folder_of(call.state, target, "UpdateSecret")
    secret = secret_store.find(call.state, folder["id"], name)
    if secret is None:
        message = f"Secret with name {name} not found"
        raise not_found(message)
    ability.require("edit", SECRETS, facts(target.environment, target.path, name))
    if new_name and new_name != name:
        check_name(Fields({}), new_name, "newSecretName")
        if secret_store.find(call.state, folder["id"], new_name):
            raise bad_request("Secret with the new name already exists")
        ability.require("edit", SECRETS, facts(target.environment, target.path, new_name))
        changes["name"] = new_name
    secret = secret_store.change(call.state, secret, **changes)
    hidden = not ability.can_see(READ_VALUE, facts(target.environment, target.path, secret.name))
    # The real server shows the comment that was sent, not the one that is kept.
    sent = changes.get("comment", "")
    answer = secret_json.updated(secret, target.project_id, target.environment, hidden=hidden, comment=sent)
    # Nor does it show the value if none was sent.
    return {"secret": answer if "value" in changes or hidden else answer | {"secretValue": ""}}


def delete(dialect: Dialect, call: Call) -> Json:
    name, fields = call.parameters["name"], call.fields()
    shared_only(fields)
    target = dialect.write_target(call, fields)
    ability = call.ability(target.project_id)
    folder = folder_of(call.state, target, "DeleteSecret")
    secret = secret_store.find(call.state, folder["id"], name)
    if secret is None:
        raise not_found("Secret not found")
    ability.require("delete", SECRETS, facts(target.environment, target.path, name))
    secret_store.remove(call.state, secret)
    hidden = not ability.can_see(READ_VALUE, facts(target.environment, target.path, name))
    return {"secret": secret_json.deleted(secret, target.project_id, target.environment, hidden=hidden)}


def trimmed(value: str) -> str:
    return value.strip(WHITE_SPACE) + ("\n" if value.endswith("\n") else "")


def check_name(fields: Fields, name: str, *path: str | int) -> None:
    """
    :raises ApiError: the name contains a character of paths or references
    """
    if ":" in name or "/" in name:
        fields.issue("Secret name cannot contain colon or forward slash.", *path)
    fields.check()


def read_metadata(fields: Fields) -> list[Json] | None:
    """The metadata of the request; None if it has none."""
    if not fields.has("secretMetadata"):
        return None
    entries = fields.objects("secretMetadata")
    return [
        {"key": each.text("key"), "value": each.text("value"), "isEncrypted": each.flag("isEncrypted", False)}
        for each in entries
    ]


def read_changes(fields: Fields) -> dict[str, Any]:
    """The attributes of a secret that a request changes, by name."""
    changes: dict[str, Any] = {}
    if (value := fields.optional_text("secretValue", trim=False)) is not None:
        changes["value"] = trimmed(value)
    if (comment := fields.optional_text("secretComment")) is not None:
        changes["comment"] = comment
    if (metadata := read_metadata(fields)) is not None:
        changes["metadata"] = metadata
    if fields.has("skipMultilineEncoding"):
        changes["skip_multiline"] = fields.flag("skipMultilineEncoding", False)
    return changes


def read_marks(call: Call, fields: Fields) -> dict[str, Any]:
    """
    The tags and the reminder of a request, by attribute name.

    :raises ApiError: a tag does not exist
    """
    marks: dict[str, Any] = {}
    if fields.value("tagIds") is not None:
        wanted = [str(each) for each in fields.value("tagIds")]
        marks["tags"] = secret_store.tags_with(call.state, wanted)
        if len(marks["tags"]) < len(wanted):
            raise not_found("One or more tags not found")
    if fields.has("secretReminderNote"):
        marks["reminder_note"] = fields.optional_text("secretReminderNote")
    if fields.has("secretReminderRepeatDays"):
        days = fields.value("secretReminderRepeatDays")
        marks["reminder_days"] = None if days is None else fields.number("secretReminderRepeatDays", 0)
    return marks


def shared_only(fields: Fields) -> None:
    """
    :raises ApiError: the request is about a personal secret
    """
    if fields.text("type", "shared") == "personal":
        raise not_imitated("personal secrets")


ROUTES = tuple(
    route
    for dialect in (V3, V4)
    for route in (
        Route("POST", f"{dialect.base}/{{name}}", partial(create, dialect)),
        Route("PATCH", f"{dialect.base}/{{name}}", partial(update, dialect)),
        Route("DELETE", f"{dialect.base}/{{name}}", partial(delete, dialect)),
    )
)
