from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.infisical.fake import FakeInfisical
from tests.infisical.fake_cluster import FakeCluster
from tests.infisical.stack import Stack


@pytest.fixture
def standin() -> Iterator[FakeInfisical]:
    """A server that was never set up."""
    with FakeInfisical() as standin:
        yield standin


@pytest.fixture
def stack(standin: FakeInfisical) -> Stack:
    """An empty stack, for that server."""
    return Stack(standin)


@pytest.fixture
def cluster() -> Iterator[FakeCluster]:
    """A Kubernetes API in memory, with nothing in it."""
    with FakeCluster() as cluster:
        yield cluster
