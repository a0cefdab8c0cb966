from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.plugins.language.engine import Engine, make_engine, write_project
from tests.plugins.language.hosting import Host, started_host
from tooling.toolchain import Tools


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with started_host() as host:
        yield host


@pytest.fixture
def engine(tools: Tools, tmp_path: Path) -> Engine:
    """An engine with its own state: a killed update leaves a lock, which must not affect other tests."""
    return make_engine(str(tools.pulumi.path), tmp_path / "home")


@pytest.fixture
def project(engine: Engine, tmp_path: Path) -> Callable[..., Path]:
    """Create a project with this program and a stack `dev`; `extra` is added to Pulumi.yaml."""

    def make(program: str, extra: str = "") -> Path:
        folder = write_project(tmp_path / "project", program, extra)
        created = engine.run(folder, "stack", "init", "dev")
        assert created.code == 0, created.output
        return folder

    return make
