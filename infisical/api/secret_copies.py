"""Secrets with everything that can be copied to another server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from infisical.api.folders import Location
from infisical.api.http.answer import Answer
from infisical.api.http.call import Call, Method, path
from infisical.api.http.generations import first_known
from infisical.api.http.session import Session
from infisical.api.secrets import reading

METADATA: Final = ("key", "value", "isEncrypted")
"""The fields of a secret's metadata that its owner sets."""


@dataclass(frozen=True)
class SecretCopy:
    """A shared secret: references in its value are not expanded, and `metadata` has the API's form."""

    name: str
    value: str = field(repr=False)
    comment: str = field(default="", repr=False)
    skip_multiline: bool = False
    metadata: tuple[Mapping[str, object], ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class FolderCopy:
    """
    A folder's own content. `beyond` describes what cannot be copied: personal values, tags, imports.

    The server does not show the values of the `hidden` names to this login.
    """

    secrets: tuple[SecretCopy, ...]
    beyond: tuple[str, ...]
    hidden: frozenset[str] = frozenset()


async def read_folder(session: Session, location: Location) -> FolderCopy:
    """
    Copy a folder, without the folders below it.

    :raises NotFound: the project, environment or folder does not exist
    """
    v4, v3 = {"expandSecretReferences": "false"}, {"include_imports": "true"}
    calls = reading(f"copy the secrets of {location}", location, v4, v3)
    answer = await first_known(session, "copy secrets", calls)
    entries = list(answer.each("secrets"))
    beyond = [f"{entry.string('secretKey')} at {location}: {why}" for entry in entries if (why := _beyond(entry))]
    if imports := answer.body.get("imports"):
        beyond.append(f"{location}: imports from {len(imports)} other folders")
    shared = [entry for entry in entries if _is_shared(entry)]
    whole = [entry for entry in shared if not entry.body.get("secretValueHidden")]
    hidden = frozenset(entry.string("secretKey") for entry in shared if entry.body.get("secretValueHidden"))
    return FolderCopy(tuple(_copy(entry) for entry in whole), tuple(beyond), hidden)


async def write_copy(session: Session, location: Location, copy: SecretCopy, *, exists: bool) -> None:
    """Create a secret from its copy, or update it if it `exists`."""
    method: Method = "PATCH" if exists else "POST"
    body = {
        "environment": location.environment,
        "secretPath": location.path,
        "secretValue": copy.value,
        "secretComment": copy.comment,
        "skipMultilineEncoding": copy.skip_multiline,
        "secretMetadata": [dict(each) for each in copy.metadata],
    }
    calls = [
        Call(
            what=f"write the copied secret {copy.name} at {location}",
            method=method,
            path=path(template, copy.name),
            body={project: location.project_id, **body},
            secrets=tuple(filter(None, (copy.value, copy.comment))),
        )
        for template, project in (("/api/v4/secrets/{}", "projectId"), ("/api/v3/secrets/raw/{}", "workspaceId"))
    ]
    await first_known(session, "write secrets", calls)


def _copy(entry: Answer) -> SecretCopy:
    # Null if it was never set.
    metadata = list(entry.each("secretMetadata")) if entry.body.get("secretMetadata") else []
    return SecretCopy(
        name=entry.string("secretKey"),
        value=entry.string("secretValue"),
        comment=entry.string("secretComment") if entry.body.get("secretComment") else "",
        skip_multiline=bool(entry.body.get("skipMultilineEncoding")),
        metadata=tuple({key: each.body[key] for key in METADATA if key in each.body} for each in metadata),
    )


def _is_shared(entry: Answer) -> bool:
    return bool(entry.body.get("type", "shared") == "shared")


def _beyond(entry: Answer) -> str:
    if not _is_shared(entry):
        return "a personal value"
    if entry.body.get("secretValueHidden"):
        return "its value is hidden from this login"
    if entry.body.get("isRotatedSecret"):
        return "Infisical rotates it"
    marks = [
        word for key, word in (("tags", "tags"), ("secretReminderRepeatDays", "a reminder")) if entry.body.get(key)
    ]
    return " and ".join(marks)
