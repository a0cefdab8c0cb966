"""Fake Infisical servers for tests: one per module where tests do not disturb each other, else one of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.infisical import FakeInfisical
from tests.sandbox.infisical.admin import Admin


@pytest.fixture(scope="module")
def admin() -> Iterator[Admin]:
    """The administrator of the module's fake, on which permissions are not cached."""
    with FakeInfisical(permission_cache_seconds=0) as fake:
        yield Admin(fake)


@pytest.fixture
def own_admin(fake_infisical: FakeInfisical) -> Admin:
    """The administrator of a fake that only this test has, with the real server's defaults."""
    return Admin(fake_infisical)
