"""From a server's answer that says no to an error that says what to do."""

from __future__ import annotations

from typing import Any, Final

import httpx2

from infisical.api.call import Call
from infisical.api.errors import NotFound, Refused, RouteMissing, Unauthenticated

LONGEST_REASON: Final = 500

_NEXT: Final = {
    400: "Mend what the message names, then run the command again.",
    401: "Check the provider's login (`email` and `password`, or `token`), then run the command again.",
    403: "Give the provider the login of an administrator of the organization, then run the command again.",
    404: "Make the object first, or name another, then run the command again.",
    422: "Mend the argument that the message names, then run the command again.",
    429: "Wait a minute, then run the command again.",
}
_BROKEN: Final = "Look into Infisical's own log for the request, then run the command again: what was done stays done."


def refusal(url: str, call: Call, response: httpx2.Response, token: str | None) -> Refused:
    """The error for an unsuccessful response. The server's words are in it, without the call's secrets."""
    body = _json_object(response)
    status = response.status_code
    error = body.get("error") if isinstance(body.get("error"), str) else ""
    reason = call.without_secrets(_words(body.get("message")), token or "")[:LONGEST_REASON]
    kind = _kind(status, str(error), reason)
    answered = " ".join(filter(None, (str(status), str(error))))
    hint = (
        "This server's release does not have the call: update Infisical, then run the command again."
        if kind is RouteMissing
        else _NEXT.get(status, _BROKEN)
    )
    message = (
        f"Infisical cannot {call.what} ({call.method} {call.path} at {url}): {answered}"
        f"{f': {reason}' if reason else ''}. {hint}"
    )
    return kind(message.replace("..", "."), status=status, error=str(error), reason=reason)


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
    """The server's message, which for wrong arguments is a list with one entry for each."""
    if isinstance(message, str):
        return message
    if not isinstance(message, list):
        return ""
    problems = [entry for entry in message if isinstance(entry, dict)]
    return "; ".join(f"{'.'.join(map(str, entry.get('path') or ()))}: {entry.get('message')}" for entry in problems)
