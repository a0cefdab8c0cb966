"""The names in a folder, without their values: the server does not send them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from infisical.api.folders import Location
from infisical.api.http.answer import Answer
from infisical.api.http.generations import first_known
from infisical.api.http.session import Session
from infisical.api.secrets import reading

_WITHOUT_VALUES: Final = {"viewSecretValue": "false", "expandSecretReferences": "false"}


@dataclass(frozen=True)
class FolderNames:
    """
    :param shared: the folder's own secrets
    :param personal: secrets of which somebody has a value of their own
    :param imports: the names by the folder that they are imported from
    """

    shared: tuple[str, ...]
    personal: tuple[str, ...] = ()
    imports: Mapping[Location, tuple[str, ...]] = field(default_factory=dict)


async def read_names(session: Session, location: Location) -> FolderNames:
    """
    The names in a folder, without the folders below it.

    :raises NotFound: the project, environment or folder does not exist
    """
    v4, v3 = _WITHOUT_VALUES | {"includeImports": "true"}, _WITHOUT_VALUES | {"include_imports": "true"}
    answer = await first_known(session, "list names", reading(f"list the names of {location}", location, v4, v3))
    imports = {
        Location(location.project_id, each.string("environment"), each.string("secretPath")): _names(each, "shared")
        for each in (answer.each("imports") if "imports" in answer.body else ())
    }
    return FolderNames(_names(answer, "shared"), _names(answer, "personal"), imports)


def _names(answer: Answer, kind: str) -> tuple[str, ...]:
    found = {each.string("secretKey") for each in answer.each("secrets") if each.body.get("type", "shared") == kind}
    return tuple(sorted(found))
