"""A rotation works with an Infisical that answers after many seconds. The time is a fake clock's."""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass, field

import httpx2
import pytest

from infisical.api.http.clock import Clock
from infisical.api.http.server import BRIEF, Server
from operations.encryption_key import server
from tests.operations.encryption_key.fakes.simulation import STACK, Simulation
from tests.operations.encryption_key.simulated.outcomes import assert_rotated


@dataclass
class SlowNetwork(Clock):
    """
    :param seconds: how long an answer takes
    :param path: of the slow requests
    :param times: how many requests are slow; None for all
    """

    seconds: float = 0.0
    path: str = "*"
    times: int | None = None
    passed: float = field(default=0.0)

    def now(self) -> float:
        return self.passed

    async def sleep(self, seconds: float) -> None:
        self.passed += seconds

    def answer(self, path: str, longest: float) -> bool:
        """Let the time of one answer pass. False if it takes longer than the client waits."""
        if self.times == 0 or not fnmatch.fnmatch(path, self.path):
            return True
        if self.times:
            self.times -= 1
        self.passed += min(self.seconds, longest)
        return self.seconds <= longest


class SlowTransport(httpx2.AsyncHTTPTransport):
    """Real HTTP over the slow network."""

    def __init__(self, network: SlowNetwork) -> None:
        super().__init__(verify=False)
        self._network = network

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if not self._network.answer(request.url.path, request.extensions["timeout"]["read"]):
            message = "no answer in time"
            raise httpx2.ReadTimeout(message, request=request)
        return await super().handle_async_request(request)


@pytest.fixture
def network(served: Simulation, monkeypatch: pytest.MonkeyPatch) -> SlowNetwork:
    network = SlowNetwork()
    monkeypatch.setattr(server, "Server", lambda url: Server(url, network, SlowTransport(network)))
    return network


@pytest.mark.parametrize("seconds", [3.0, 11.0, BRIEF.answer])
def test_a_rotation_waits_for_each_slow_answer(served: Simulation, network: SlowNetwork, seconds: float) -> None:
    network.seconds = seconds

    served.rotate()

    assert_rotated(served)
    assert network.passed > 50 * seconds


def test_a_server_that_migrates_its_empty_database_for_minutes_is_waited_for(
    served: Simulation, network: SlowNetwork
) -> None:
    network.seconds, network.path, network.times = BRIEF.answer + 1, "/api/status", 10

    served.rotate()

    assert_rotated(served)
    assert network.passed >= 10 * BRIEF.answer


def test_a_server_that_is_too_slow_changes_nothing(served: Simulation, network: SlowNetwork) -> None:
    network.seconds = BRIEF.answer + 1

    run = served.run("--confirm", STACK)

    assert run.code == 1
    assert "no answer in time" in run.output
    assert "Nothing was changed." in run.output
    assert served.files() == []


@pytest.mark.parametrize("path", ["/api/v4/secrets/TOKEN", "/api/v1/projects", "/api/v1/admin/config"])
def test_a_server_that_becomes_too_slow_during_the_import_stops_the_rotation_which_then_continues(
    served: Simulation, network: SlowNetwork, path: str
) -> None:
    served.stop_at("import")
    network.seconds, network.path = BRIEF.answer + 1, path

    stopped = served.run("--confirm", STACK)
    network.seconds = 11.0
    served.rotate()

    assert stopped.code == 1
    assert "has stopped at the step import" in stopped.output
    assert_rotated(served)
