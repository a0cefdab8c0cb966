from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.plugins.command.service import Service, served


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    async with served() as service:
        yield service
