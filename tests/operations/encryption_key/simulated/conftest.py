"""Simulated homelabs. Each test starts with the homelab as it was before any rotation."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest

from tests.operations.encryption_key.fakes.infisical_thread import ThreadedInfisical
from tests.operations.encryption_key.fakes.memory_infisical import MemoryInfisical
from tests.operations.encryption_key.fakes.simulation import Simulation


@pytest.fixture(scope="session")
def _in_memory(tmp_path_factory: pytest.TempPathFactory) -> Simulation:
    folder = tmp_path_factory.mktemp("in-memory")
    (folder / "data").mkdir()
    return Simulation(folder, MemoryInfisical(folder / "data"))


@pytest.fixture(scope="session")
def _served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulation]:
    folder = tmp_path_factory.mktemp("served")
    (folder / "data").mkdir()
    with ThreadedInfisical(folder / "data") as infisical:
        yield Simulation(folder, infisical)


@pytest.fixture
def simulation(
    _in_memory: Simulation, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Simulation:
    """A homelab with an Infisical in memory: a rotation takes milliseconds."""
    return _ready(_in_memory, capsys, monkeypatch)


@pytest.fixture
def served(_served: Simulation, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Simulation:
    """A homelab with the fake Infisical server, over HTTP."""
    return _ready(_served, capsys, monkeypatch)


def _ready(simulation: Simulation, capsys: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> Simulation:
    patch.setattr("sys.stdin", io.StringIO())
    simulation.install(capsys, patch)
    simulation.restore()
    return simulation
