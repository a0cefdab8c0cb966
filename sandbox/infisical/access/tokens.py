"""Access tokens: JWTs signed by AUTH_SECRET; a new AUTH_SECRET invalidates all earlier tokens."""

from __future__ import annotations

from typing import Any

import jwt

from sandbox.infisical.errors import token_error
from sandbox.infisical.storage.clock import Clock

ALGORITHM = "HS256"
MALFORMED = "The provided access token is malformed. Please use a valid token or generate a new one and try again."


class Tokens:
    """
    :param secret: AUTH_SECRET
    """

    def __init__(self, secret: str, clock: Clock) -> None:
        self._secret = secret
        self._clock = clock

    def sign(self, claims: dict[str, Any], seconds: float | None) -> str:
        """
        :param seconds: the token's life; None if it never expires
        """
        issued = int(self._clock.now())
        life = {} if seconds is None else {"exp": int(issued + seconds)}
        return jwt.encode({**claims, "iat": issued, **life}, self._secret, algorithm=ALGORITHM)

    def read(self, token: str) -> dict[str, Any]:
        """
        The claims.

        :raises ApiError: the token is malformed, expired, or signed with a different secret
        """
        options = {"verify_exp": False, "verify_iat": False, "verify_sub": False, "verify_jti": False}
        try:
            claims: dict[str, Any] = jwt.decode(token, self._secret, algorithms=[ALGORITHM], options=options)  # type: ignore[arg-type]
        except jwt.InvalidSignatureError as error:
            raise token_error("invalid signature") from error
        except jwt.InvalidTokenError as error:
            raise token_error(MALFORMED) from error
        if claims.get("exp", float("inf")) <= self._clock.now():
            raise token_error("Your token has expired. Please re-authenticate.")
        return claims
