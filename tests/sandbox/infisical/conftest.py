"""Stand-ins for tests: one per module where tests do not disturb each other, else one of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.infisical import FakeInfisical
from tests.sandbox.infisical.admin import Admin


@pytest.fixture(scope="module")
def admin() -> Iterator[Admin]:
    """The administrator of the module's stand-in, on which permissions are not cached."""
    with FakeInfisical(permission_cache_seconds=0) as standin:
        yield Admin(standin)


@pytest.fixture
def own_admin() -> Iterator[Admin]:
    """The administrator of a stand-in that only this test has, with the real server's defaults."""
    with FakeInfisical() as standin:
        yield Admin(standin)
