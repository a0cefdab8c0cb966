from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.infisical.fake import FakeInfisical
from tests.infisical.fake_cluster import FakeCluster
from tests.infisical.stack import Stack


@pytest.fixture
def stack(fake_infisical: FakeInfisical) -> Stack:
    """An empty stack for that server."""
    return Stack(fake_infisical)


@pytest.fixture
def cluster() -> Iterator[FakeCluster]:
    """The fake Kubernetes API, empty."""
    with FakeCluster() as cluster:
        yield cluster
