"""What the stories about the Infisical provider share. A story causes messages and returns each with its title."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

import pytest

from infisical.failures import FAILURES
from tests.infisical.stack import Declared, Stack

Messages = list[tuple[str, str]]

URL = "http://infisical.test"
LOGIN = "/api/v1/auth/universal-auth/login"
PRIVILEGES = "/api/v2/identity-project-additional-privilege"

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
LOOPBACK = re.compile(r"http://127\.0\.0\.1:\d+")


def stable(text: str) -> str:
    """`text` with placeholders for random IDs and ports."""
    return UUID.sub("<ID>", LOOPBACK.sub(URL, text))


async def error(work: Awaitable[object]) -> str:
    with pytest.raises(FAILURES) as raised:
        await work
    return stable(f"error: {raised.value}")


Story = Callable[[Stack], Awaitable[Messages]]


def imported(declared: Declared, name: str) -> Declared:
    return Declared(declared.kind, declared.name, declared.inputs, imports=name)


def project_id(stack: Stack) -> str:
    found: str = stack.outputs("project")["projectId"]
    return found


def warning(stack: Stack) -> str:
    return stable(f"warning: {stack.log.warnings[-1]}")
