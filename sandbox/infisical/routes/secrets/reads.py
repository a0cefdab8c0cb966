"""Reading secrets: a list, or one by name."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from sandbox.infisical.access.ability import DESCRIBE, READ_VALUE, SECRETS
from sandbox.infisical.errors import ApiError, denied, forbidden, not_found
from sandbox.infisical.records import places, secret_store
from sandbox.infisical.records.secret_store import Secret
from sandbox.infisical.routes.secrets import secret_json
from sandbox.infisical.routes.secrets.dialects import V3, V4, Dialect, Target
from sandbox.infisical.routes.secrets.reader import Reader, facts, folder_of
from sandbox.infisical.server.routing import Call, Json, Route
from sandbox.infisical.storage.database import Row


def list_secrets(dialect: Dialect, call: Call) -> Json:
    """List secrets by name, without those that the actor may not read."""
    target = dialect.read_target(call)
    reader = _reader(dialect, call, target)
    reader.ability.require_see(DESCRIBE)
    folders = _folders(call, target)
    show_values = call.query_flag("viewSecretValue", True)
    found = [
        (secret, path)
        for path, folder in folders
        for secret in secret_store.in_folder(call.state, folder["id"])
        if reader.describes(target.environment, path, secret.name)
    ]
    found.sort(key=lambda each: each[0].name)
    shown = [_listed(reader, target, secret, path, show_values) for secret, path in found]
    imports = _imports(reader, folders, show_values) if _with_imports(dialect, call) else []
    return {"secrets": shown, "imports": imports}


def get(dialect: Dialect, call: Call) -> Json:
    target, name = dialect.read_target(call), call.parameters["name"]
    reader = _reader(dialect, call, target)
    folder = folder_of(call.state, target, "GetSecretByName")
    secret = _stored(call, folder["id"], name)
    reader.ability.require_see(DESCRIBE, facts(target.environment, target.path, name))
    environment, path = target.environment, target.path
    if secret is None and _with_imports(dialect, call):
        secret, environment, path = _imported(reader, folder["id"], name)
    if secret is None:
        message = f"Secret with name '{name}' not found"
        raise not_found(message)
    hidden = not call.query_flag("viewSecretValue", True)
    if not hidden and not reader.reads(environment, path, name):
        message = f"You do not have permission to view secret value on secret with name '{name}'"
        raise forbidden(message, "ForbiddenReadSecretError")
    secret = secret if hidden else replace(secret, value=reader.value(secret, environment, path))
    return {"secret": secret_json.read(secret, target.project_id, environment, path, hidden=hidden)}


def _reader(dialect: Dialect, call: Call, target: Target) -> Reader:
    expanding = call.query_flag("expandSecretReferences", dialect.generous)
    return Reader(call.state, target.project_id, call.ability(target.project_id), expanding)


def _with_imports(dialect: Dialect, call: Call) -> bool:
    return call.query_flag("include_imports", call.query_flag("includeImports", dialect.generous))


def _folders(call: Call, target: Target) -> list[tuple[str, Row]]:
    """The folder of the list, and with `recursive` all below it."""
    folder = places.folder_at(call.database, target.project_id, target.environment, target.path)
    if folder is None:
        where = f"'{target.path}' in environment '{target.environment}'"
        todo = "Please ensure the environment slug and secret path is correct."
        message = f"Folder with path {where} was not found. {todo}"
        raise not_found(message, "SecretPathNotFound")
    below = places.below(call.database, folder, target.path) if call.query_flag("recursive", False) else []
    return [(target.path, folder), *below]


def _listed(reader: Reader, target: Target, secret: Secret, path: str, show_values: bool) -> Json:
    if show_values:
        reader.ability.require_see(READ_VALUE, facts(target.environment, path, secret.name))
        secret = replace(secret, value=_expanded(reader, secret, target.environment, path))
    return secret_json.read(secret, target.project_id, target.environment, path, hidden=not show_values)


def _expanded(reader: Reader, secret: Secret, environment: str, path: str) -> str:
    """The value in a list. The error about a reference names neither the secret nor the reference."""
    try:
        return reader.value(secret, environment, path)
    except ApiError as error:
        raise denied(READ_VALUE, SECRETS, []) from error


def _imports(reader: Reader, folders: list[tuple[str, Row]], show_values: bool) -> list[Json]:
    shown = []
    for _, folder in folders:
        for environment, path, source in reader.imports(folder["id"]):
            secrets = [
                secret_json.imported(
                    replace(secret, value=reader.value(secret, environment, path)), environment, hidden=not show_values
                )
                for secret in secret_store.in_folder(reader.state, source["id"])
                if reader.describes(environment, path, secret.name)
                and (not show_values or reader.reads(environment, path, secret.name))
            ]
            place = {"secretPath": path, "environment": environment, "folderId": source["id"]}
            shown.append(place | {"secrets": secrets})
    return shown


def _stored(call: Call, folder_id: str, name: str) -> Secret | None:
    version = call.query.get("version", "")
    if not version.isdigit():
        return secret_store.find(call.state, folder_id, name)
    return secret_store.find_version(call.state, folder_id, name, int(version))


def _imported(reader: Reader, folder_id: str, name: str) -> tuple[Secret | None, str, str]:
    """The secret from the last import that contains it."""
    for environment, path, source in reversed(reader.imports(folder_id)):
        secret = secret_store.find(reader.state, source["id"], name)
        if secret and reader.describes(environment, path, name):
            return secret, environment, path
    return None, "", ""


ROUTES = tuple(
    route
    for dialect in (V3, V4)
    for route in (
        Route("GET", dialect.base, partial(list_secrets, dialect)),
        Route("GET", f"{dialect.base}/{{name}}", partial(get, dialect)),
    )
)
