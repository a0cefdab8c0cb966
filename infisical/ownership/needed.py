"""Objects of the owner that the program needs and does not create: stores and generators of the operator."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from tooling.kubernetes.errors import ClusterRefused

if TYPE_CHECKING:
    from tooling.kubernetes.connection import Connection


async def missing_of(connection: Connection, needed: Sequence[Mapping[str, str]]) -> list[str]:
    """
    Those that do not exist, each a kind and a place. One that the user may not read counts as existing.

    :param needed: each with `api_version`, `kind`, `namespace` and `name`
    """
    found = await asyncio.gather(*(_exists(connection, each) for each in needed))
    return [_described(each) for each, exists in zip(needed, found, strict=True) if not exists]


async def _exists(connection: Connection, each: Mapping[str, str]) -> bool:
    namespace = f"/namespaces/{each['namespace']}" if each["namespace"] else ""
    # Every kind of the operator forms its plural in this way.
    collection = f"/apis/{each['api_version']}{namespace}/{each['kind'].lower()}s"
    try:
        return await connection.get(f"{collection}/{each['name']}") is not None
    except ClusterRefused as error:
        if error.status != 403:
            raise
        return True


def _described(each: Mapping[str, str]) -> str:
    return f"{each['kind']} {'/'.join(filter(None, (each['namespace'], each['name'])))}"
