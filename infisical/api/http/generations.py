"""Finds out which generation of the API a server has, by trying routes from the newest to the oldest."""

from __future__ import annotations

from collections.abc import Sequence

from infisical.api.errors import Refused, RouteMissing
from infisical.api.http.answer import Answer
from infisical.api.http.call import Call
from infisical.api.http.session import Session


async def first_known(session: Session, noun: str, newest_first: Sequence[Call], token: str | None = None) -> Answer:
    """
    Send the first call whose route the server has, and remember its index for `noun`.

    All calls mean the same, each in one generation, and always come in the same order. With a `token` they are sent
    as its owner instead of the session's.

    :raises RouteMissing: the server has none of them
    :raises InfisicalError: as the call that was sent
    """
    start = session.generations.get(noun, 0)
    for index, call in enumerate(newest_first[start:], start):
        try:
            answer = await (session.server.send(call, token) if token else session.send(call))
        except RouteMissing:
            if index == len(newest_first) - 1:
                raise
            continue
        except Refused:
            session.generations[noun] = index
            raise
        session.generations[noun] = index
        return answer
    raise AssertionError("the remembered generation is one of the given ones")
