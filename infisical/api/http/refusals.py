"""Turns an unsuccessful response into an error that says what to do."""

from __future__ import annotations

from typing import Any, Final

import httpx2

from infisical.api.errors import NotFound, Refused, RouteMissing, Unauthenticated
from infisical.api.http.call import Call

LONGEST_REASON: Final = 500

_NEXT: Final = {
    400: "Fix the problem above, then run the command again.",
    401: "Check the provider's login (`email` and `password`, or `token`), then run the command again.",
    403: "Give the provider the login of an administrator of the organization, then run the command again.",
    404: "Create the object first, or name an existing one, then run the command again. "
    "If this stack created it and it was deleted, run `pulumi up --refresh`.",
    422: "Fix the argument named above, then run the command again.",
    429: "Wait a minute, then run the command again.",
}
_NOT_A_MEMBER: Final = (
    "The provider's login is not a member of this project. Add it in Infisical with the role Admin (as the "
    "organization's administrator: All Projects, Join as Admin; or Access Control of the project), then run the "
    "command again."
)
_BROKEN: Final = "Check Infisical's log for the request, then run the command again. Completed changes were kept."


def refusal(url: str, call: Call, response: httpx2.Response, token: str | None) -> Refused:
    """The error for an unsuccessful response. It quotes the server's message without the call's secrets."""
    body = _json_object(response)
    status = response.status_code
    error = body.get("error") if isinstance(body.get("error"), str) else ""
    reason = call.without_secrets(_words(body.get("message")), token or "")[:LONGEST_REASON]
    kind = _kind(status, str(error), reason)
    answered = " ".join(filter(None, (str(status), str(error))))
    if kind is RouteMissing:
        hint = "This server's release does not have this route. Update Infisical, then run the command again."
    elif error == "ProjectMembershipNotFound":
        hint = _NOT_A_MEMBER
    else:
        hint = _NEXT.get(status, _BROKEN)
    message = (
        f"Infisical cannot {call.what} ({call.method} {call.path} at {url}): {answered}"
        f"{f': {reason}' if reason else ''}. {hint}"
    )
    return kind(message.replace("..", ".").replace("?.", "?"), status=status, error=str(error), reason=reason)


def _kind(status: int, error: str, reason: str) -> type[Refused]:
    if status == 401 or (status == 403 and error == "TokenError"):
        return Unauthenticated
    if status == 404:
        return RouteMissing if error == "Not Found" and reason.startswith("Route ") else NotFound
    return Refused


def _json_object(response: httpx2.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _words(message: object) -> str:
    """The server's message: a string, or a list with one entry for each wrong argument."""
    if isinstance(message, str):
        return message
    if not isinstance(message, list):
        return ""
    problems = [entry for entry in message if isinstance(entry, dict)]
    return "; ".join(f"{'.'.join(map(str, entry.get('path') or ()))}: {entry.get('message')}" for entry in problems)
