"""Secrets of a folder: listed together, written one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from infisical.api.errors import NotFound
from infisical.api.folders import Location
from infisical.api.http.answer import Answer
from infisical.api.http.call import Call, Method, path
from infisical.api.http.generations import first_known
from infisical.api.http.session import Session
from infisical.api.identities import MARK
from infisical.rules import stored_form


@dataclass(frozen=True)
class StoredSecret:
    """
    A secret as the server stores it: references in its value are not expanded.

    `mark` is that of its creator; empty if it left none. `changed` is the date of its last change, YYYY-MM-DD; empty if
    the server does not report it.
    """

    id: str
    name: str
    version: int
    value: str = field(repr=False)
    changed: str = ""
    mark: str = ""
    comment: str = ""


def reading(what: str, location: Location, v4: Mapping[str, str], v3: Mapping[str, str]) -> list[Call]:
    """
    The calls that read a folder, the newest generation first.

    :param what: for `Call.what`
    :param v4: further query parameters of the API v4
    :param v3: further query parameters of the API v3
    """
    folder = {"environment": location.environment, "secretPath": location.path}
    return [
        Call(what=what, method="GET", path=path, query={project: location.project_id, **folder, **further})
        for path, project, further in (
            ("/api/v4/secrets", "projectId", v4),
            ("/api/v3/secrets/raw", "workspaceId", v3),
        )
    ]


async def list_secrets(session: Session, location: Location, token: str | None = None) -> dict[str, StoredSecret]:
    """
    The folder's own shared secrets by name, as the session's login sees them, or the owner of `token`.

    :raises NotFound: the project, environment or folder does not exist
    """
    calls = reading(f"list the secrets of {location}", location, {"expandSecretReferences": "false"}, {})
    answer = await first_known(session, "list secrets", calls, token)
    return {
        entry.string("secretKey"): _secret(entry)
        for entry in answer.each("secrets")
        if entry.body.get("type", "shared") == "shared"
    }


async def create_secret(
    session: Session, location: Location, name: str, value: str, mark: str = "", comment: str = ""
) -> StoredSecret:
    """
    Create a secret.

    :param mark: kept in its metadata, so that its creator recognizes it
    :raises Refused: with `exists_already` if it exists
    """
    calls = _calls(f"create the secret {name} at {location}", "POST", location, name, value, mark, comment)
    made = _written(await first_known(session, "write secrets", calls), name, value, mark)
    return replace(made, comment=comment)


async def update_secret(session: Session, location: Location, found: StoredSecret, value: str) -> StoredSecret:
    """Set a secret's value. Setting the same value also creates a new version."""
    calls = _calls(f"change the secret {found.name} at {location}", "PATCH", location, found.name, value)
    changed = _written(await first_known(session, "write secrets", calls), found.name, value, found.mark)
    return replace(changed, comment=found.comment)


async def comment_secret(session: Session, location: Location, found: StoredSecret, comment: str) -> StoredSecret:
    """Set a secret's comment and no value: one that somebody sets at the same time stays."""
    what = f"write the comment of the secret {found.name} at {location}"
    calls = _calls(what, "PATCH", location, found.name, None, comment=comment)
    answer = await first_known(session, "write secrets", calls)
    return replace(found, version=_written(answer, found.name, "", "").version, comment=comment)


async def delete_secret(session: Session, location: Location, name: str) -> None:
    """Delete a secret; it may be gone already."""
    try:
        calls = _calls(f"delete the secret {name} at {location}", "DELETE", location, name, None)
        await first_known(session, "write secrets", calls)
    except NotFound:
        return


def _calls(
    what: str, method: Method, location: Location, name: str, value: str | None, mark: str = "", comment: str = ""
) -> list[Call]:
    common: dict[str, object] = {"environment": location.environment, "secretPath": location.path}
    if comment:
        common["secretComment"] = comment
    if mark:
        common["secretMetadata"] = [{"key": MARK, "value": mark}]
    if value is not None:
        common["secretValue"] = value
    return [
        Call(
            what=what,
            method=method,
            path=path(template, name),
            body={project: location.project_id, **common},
            repeatable=method == "DELETE",
            secrets=(value,) if value else (),
        )
        for template, project in (("/api/v4/secrets/{}", "projectId"), ("/api/v3/secrets/raw/{}", "workspaceId"))
    ]


def _secret(answer: Answer) -> StoredSecret:
    identity, name, value = (answer.string(key) for key in ("id", "secretKey", "secretValue"))
    comment = str(answer.body.get("secretComment") or "")
    return StoredSecret(identity, name, answer.number("version"), value, _date(answer), _mark(answer), comment)


def _written(answer: Answer, name: str, value: str, mark: str) -> StoredSecret:
    # The answer to a write has no metadata.
    written = answer.within("secret")
    version = written.number("version")
    return StoredSecret(written.string("id"), name, version, stored_form(value), _date(written), mark)


def _mark(answer: Answer) -> str:
    entries = answer.body.get("secretMetadata")
    found = [each for each in entries if isinstance(each, dict)] if isinstance(entries, list) else []
    return next((str(each.get("value")) for each in found if each.get("key") == MARK), "")


def _date(answer: Answer) -> str:
    changed = answer.body.get("updatedAt")
    return changed[:10] if isinstance(changed, str) else ""
