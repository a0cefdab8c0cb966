"""Asks Infisical with a login, for as long as a piece of work takes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from infisical.api.errors import Refused
from infisical.api.http.server import Server
from infisical.api.http.session import Session
from operations.errors import OperationError
from operations.values.access.login import Access

T = TypeVar("T")


def ask(access: Access, place: str, work: Callable[[Session], Awaitable[T]]) -> T:
    """
    :param place: what the work is about, for messages
    :raises InfisicalError: the server cannot do the work
    :raises OperationError: the login may not do it
    """

    async def run() -> T:
        server = Server(access.url, ca_bundle=access.ca_bundle)
        try:
            return await work(Session(server, access.login))
        finally:
            await server.close()

    try:
        return asyncio.run(run())
    except Refused as error:
        if error.status != 403:
            raise
        what = f"{access.login.shown} may not do this in {place} at {access.url}"
        found = f"403 {error.error}: {error.reason}"
        fix = "give the login access: docs/how-to/import-and-export-values.md; then run the command again"
        raise OperationError(what, found=found, fix=fix) from error
