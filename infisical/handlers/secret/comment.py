"""The comment of a secret in Infisical: whoever opens it there sees who manages it."""

from __future__ import annotations

from typing import Final

from infisical.api.errors import InfisicalError
from infisical.api.folders import Location
from infisical.api.secrets import StoredSecret, comment_secret
from infisical.handlers.base.fields import Field
from infisical.handlers.base.handler import Operation

FIELD: Final = Field(
    name="comment",
    type="string",
    doc="a comment in Infisical, for a secret that this stack created; one that somebody else wrote stays",
)


async def commented(
    operation: Operation, location: Location, found: StoredSecret, wanted: str, earlier: str
) -> StoredSecret:
    """
    The secret with its comment. A failure to write that is a warning: it is no reason to stop a delivery.

    :param earlier: the comment that this stack wrote last
    """
    is_ours = found.mark == operation.mark and found.comment in ("", earlier)
    if not wanted or found.comment == wanted or not is_ours:
        return found
    try:
        changed = await comment_secret(operation.session, location, found, wanted)
    except InfisicalError as error:
        await operation.warn(f"The comment of {found.name} ({location}) was not written. {error}")
        return found
    operation.secrets.wrote(location, changed)
    return changed
