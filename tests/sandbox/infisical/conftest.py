"""Fake Infisical servers, emptied for each file, or for each test that would affect others."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.infisical import FakeInfisical
from tests.sandbox.infisical.admin import Admin


@pytest.fixture(scope="session")
def _without_cache() -> Iterator[FakeInfisical]:
    with FakeInfisical(permission_cache_seconds=0) as fake:
        yield fake


@pytest.fixture(scope="module")
def admin(_without_cache: FakeInfisical) -> Admin:
    """The administrator of a fake for one file, which does not cache permissions."""
    _without_cache.reset()
    return Admin(_without_cache)


@pytest.fixture
def own_admin(fake_infisical: FakeInfisical) -> Admin:
    """The administrator of a fake for one test, with the defaults of the real server."""
    return Admin(fake_infisical)
