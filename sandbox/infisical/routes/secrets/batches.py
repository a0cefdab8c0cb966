"""Many secrets in one request: all or nothing."""

from __future__ import annotations

from functools import partial

from sandbox.infisical.access.ability import READ_VALUE, SECRETS
from sandbox.infisical.errors import bad_request, not_found
from sandbox.infisical.records import secret_store
from sandbox.infisical.records.places import canonical
from sandbox.infisical.records.secret_store import Secret
from sandbox.infisical.routes.secrets import secret_json
from sandbox.infisical.routes.secrets.dialects import V3, V4, Dialect, Target
from sandbox.infisical.routes.secrets.reader import facts, folder_of
from sandbox.infisical.routes.secrets.writes import check_name, read_changes, read_metadata, trimmed
from sandbox.infisical.server.fields import Fields
from sandbox.infisical.server.routing import Call, Json, Route

FAIL, UPSERT, IGNORE = "failOnNotFound", "upsert", "ignore"


def create(dialect: Dialect, call: Call) -> Json:
    fields = call.fields()
    entries = fields.objects("secrets")
    read = [
        (
            _name(each),
            trimmed(each.text("secretValue", trim=False)),
            each.text("secretComment", ""),
            read_metadata(each) or [],
            each.flag("skipMultilineEncoding", False),
        )
        for each in entries
    ]
    target = dialect.write_target(call, fields)
    ability = call.ability(target.project_id)
    folder = folder_of(call.state, target, "CreateManySecret")
    # A name that the batch contains twice becomes one secret.
    read = list({each[0]: each for each in read}.values())
    names = [each[0] for each in read]
    taken = [name for name in names if secret_store.find(call.state, folder["id"], name)]
    if taken:
        message = f"Secret already exists: {','.join(taken)}"
        raise bad_request(message)
    for name in names:
        ability.require("create", SECRETS, facts(target.environment, target.path, name))
    made = [secret_store.add(call.state, folder["id"], *each) for each in read]
    return {"secrets": [secret_json.created(each, target.project_id, target.environment) for each in made]}


def update(dialect: Dialect, call: Call) -> Json:
    """Update secrets. A missing one is an error, is skipped (`ignore`) or is created (`upsert`)."""
    fields = call.fields()
    mode = fields.text("mode", FAIL)
    read = [
        (_name(each), each.optional_text("newSecretName"), each.optional_text("secretPath"), read_changes(each))
        for each in fields.objects("secrets")
    ]
    target = dialect.write_target(call, fields)
    answers = []
    for name, new_name, path, changes in read:
        where = Target(target.project_id, target.environment, canonical(path) if path else target.path)
        if new_name:
            changes["name"] = new_name
        secret = _changed(call, where, name, changes, mode)
        if secret is not None:
            hidden = not call.ability(where.project_id).can_see(
                READ_VALUE, facts(where.environment, where.path, secret.name)
            )
            answers.append(secret_json.updated(secret, where.project_id, where.environment, hidden=hidden))
    return {"secrets": answers}


def delete(dialect: Dialect, call: Call) -> Json:
    fields = call.fields()
    names = [each.text("secretKey") for each in fields.objects("secrets")]
    target = dialect.write_target(call, fields)
    ability = call.ability(target.project_id)
    folder = folder_of(call.state, target, "DeleteManySecret")
    found = {name: secret_store.find(call.state, folder["id"], name) for name in names}
    missing = [name for name, secret in found.items() if secret is None]
    if missing:
        message = f"One or more secrets does not exist: {','.join(missing)}"
        raise not_found(message)
    answers = []
    for name, secret in found.items():
        assert secret is not None, "missing ones were refused"
        ability.require("delete", SECRETS, facts(target.environment, target.path, name))
        secret_store.remove(call.state, secret)
        hidden = not ability.can_see(READ_VALUE, facts(target.environment, target.path, name))
        answers.append(secret_json.deleted(secret, target.project_id, target.environment, hidden=hidden))
    return {"secrets": answers}


def _changed(call: Call, target: Target, name: str, changes: Json, mode: str) -> Secret | None:
    ability = call.ability(target.project_id)
    folder = folder_of(call.state, target, "UpdateManySecret")
    secret = secret_store.find(call.state, folder["id"], name)
    renamed = changes.get("name", name)
    if renamed != name and secret_store.find(call.state, folder["id"], renamed):
        message = f"Secret with new name already exists: {renamed}"
        raise bad_request(message)
    if secret is not None:
        ability.require("edit", SECRETS, facts(target.environment, target.path, name))
        return secret_store.change(call.state, secret, **changes)
    if mode == IGNORE:
        return None
    if mode != UPSERT:
        message = f"Secret does not exist: {name} in path {target.path}"
        raise not_found(message)
    ability.require("create", SECRETS, facts(target.environment, target.path, renamed))
    return secret_store.add(
        call.state,
        folder["id"],
        renamed,
        changes.get("value", ""),
        changes.get("comment", ""),
        changes.get("metadata", []),
        changes.get("skip_multiline", False),
    )


def _name(entry: Fields) -> str:
    name = entry.text("secretKey")
    if name:
        check_name(entry, name, "secretKey")
    return name


ROUTES = tuple(
    route
    for dialect in (V3, V4)
    for route in (
        Route("POST", dialect.batch, partial(create, dialect)),
        Route("PATCH", dialect.batch, partial(update, dialect)),
        Route("DELETE", dialect.batch, partial(delete, dialect)),
    )
)
