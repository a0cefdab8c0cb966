from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.infisical.fake import FakeInfisical
from tests.infisical.fake_cluster import FakeCluster
from tests.infisical.stack import Stack


class SharedServer:
    """One fake Infisical server for all tests of a process: a reset takes milliseconds, and a start a second."""

    def __init__(self) -> None:
        self._fake: FakeInfisical | None = None
        self._pid: int | None = None

    def reset(self) -> FakeInfisical:
        """The server, empty. It is a new one if a test has stopped or restarted the previous one."""
        if self._fake and self._fake.server.running and self._fake.server.pid == self._pid:
            self._fake.reset()
            return self._fake
        self.close()
        self._fake = FakeInfisical()
        self._fake.start()
        self._pid = self._fake.server.pid
        return self._fake

    def close(self) -> None:
        if self._fake:
            self._fake.__exit__(None, None, None)


@pytest.fixture(scope="session")
def shared_server() -> Iterator[SharedServer]:
    server = SharedServer()
    yield server
    server.close()


@pytest.fixture
def fake_infisical(shared_server: SharedServer) -> FakeInfisical:
    """The fake Infisical server, not set up yet."""
    return shared_server.reset()


@pytest.fixture
def stack(fake_infisical: FakeInfisical) -> Stack:
    """An empty stack for that server."""
    return Stack(fake_infisical)


@pytest.fixture
def cluster() -> Iterator[FakeCluster]:
    """The fake Kubernetes API, empty."""
    with FakeCluster() as cluster:
        yield cluster
