"""
What the fake refuses: over HTTP (ApiError, in the shapes of the recorded answers) or at boot.

    ApiError    becomes `{reqId, statusCode, message, error}`, for some with `details`
    BootError   the process prints it and ends with exit code 1; nothing was written
"""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from tooling.errors import ToolingError

SOMETHING_WENT_WRONG = "Something went wrong"


class BootError(ToolingError):
    """The fake cannot start with these keys or in this folder."""


class ApiError(Exception):
    """
    An error answer.

    :param error: the error's name on the wire
    :param message: a string, or for a ValidationFailure the list of issues
    :param details: further fields, if the real server sends any
    :param keep: keep what the request wrote before, such as the count of failed logins
    """

    def __init__(
        self,
        status: HTTPStatus,
        error: str,
        message: str | list[dict[str, Any]],
        *,
        details: Sequence[object] | None = None,
        keep: bool = False,
    ) -> None:
        super().__init__(error)
        self.status = status
        self.error = error
        self.message = message
        self.details = details
        self.keep = keep

    def body(self, request_id: str) -> dict[str, Any]:
        """The answer's JSON."""
        answer: dict[str, Any] = {"reqId": request_id, "statusCode": int(self.status), "message": self.message}
        if self.details is not None:
            answer["details"] = list(self.details)
        return {**answer, "error": self.error}


def bad_request(message: str) -> ApiError:
    return ApiError(HTTPStatus.BAD_REQUEST, "BadRequest", message)


def unauthorized(message: str, *, keep: bool = False) -> ApiError:
    return ApiError(HTTPStatus.UNAUTHORIZED, "UnauthorizedError", message, keep=keep)


def not_found(message: str, error: str = "NotFound") -> ApiError:
    return ApiError(HTTPStatus.NOT_FOUND, error, message)


def forbidden(message: str, error: str) -> ApiError:
    return ApiError(HTTPStatus.FORBIDDEN, error, message)


def token_error(message: str) -> ApiError:
    return ApiError(HTTPStatus.FORBIDDEN, "TokenError", message)


def denied(action: str, subject: str, rules: Sequence[object]) -> ApiError:
    """
    A permission is missing.

    :param rules: the actor's rules for this action, none of which matches
    """
    message = f"You are not allowed to {action} on {subject}"
    return ApiError(HTTPStatus.FORBIDDEN, "PermissionDenied", message, details=rules)


def invalid(issues: list[dict[str, Any]]) -> ApiError:
    """The request does not have the expected shape."""
    return ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, "ValidationFailure", issues)


def went_wrong() -> ApiError:
    return ApiError(HTTPStatus.INTERNAL_SERVER_ERROR, "InternalServerError", SOMETHING_WENT_WRONG)


LONGEST_COLUMN = 255


def check_column(text: str) -> None:
    """
    :raises ApiError: the string is longer than the database's column; the real server does not check it earlier
    """
    if len(text) > LONGEST_COLUMN:
        raise went_wrong()


def not_imitated(what: str) -> ApiError:
    """A feature of the real server that the fake does not imitate."""
    return bad_request(f"This is the sandbox's fake Infisical: it does not imitate {what}")
