"""Which generation of the API this server speaks, learnt from routes that it does not have."""

from __future__ import annotations

from collections.abc import Sequence

from infisical.api.answer import Answer
from infisical.api.call import Call
from infisical.api.errors import Refused, RouteMissing
from infisical.api.session import Session


async def first_known(session: Session, noun: str, newest_first: Sequence[Call], token: str | None = None) -> Answer:
    """
    Send the first call whose route the server has, and remember for `noun` which one that was.

    The calls mean the same, each in one generation; a caller gives them in the same order each time.
    With a `token` they are sent as its owner instead of the session's.

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
    raise AssertionError("a generation that was remembered is one that was offered")
