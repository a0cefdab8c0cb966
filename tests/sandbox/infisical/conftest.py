"""Fake Infisical servers: one for each module, or one for each test that would affect others."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.infisical import FakeInfisical
from tests.sandbox.infisical.admin import Admin


@pytest.fixture(scope="module")
def admin() -> Iterator[Admin]:
    """The administrator of the module's fake, which does not cache permissions."""
    with FakeInfisical(permission_cache_seconds=0) as fake:
        yield Admin(fake)


@pytest.fixture
def own_admin(fake_infisical: FakeInfisical) -> Admin:
    """The administrator of a fake for one test, with the defaults of the real server."""
    return Admin(fake_infisical)
