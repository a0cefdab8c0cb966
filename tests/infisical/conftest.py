from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.infisical.standin import Standin
from tests.infisical.fake_cluster import FakeCluster
from tests.infisical.stack import Stack


@pytest.fixture
def standin() -> Iterator[Standin]:
    """A server that was never set up."""
    with Standin() as standin:
        yield standin


@pytest.fixture
def stack(standin: Standin) -> Stack:
    """An empty stack, for that server."""
    return Stack(standin)


@pytest.fixture
def cluster() -> Iterator[FakeCluster]:
    """A Kubernetes API in memory, with nothing in it."""
    with FakeCluster() as cluster:
        yield cluster
