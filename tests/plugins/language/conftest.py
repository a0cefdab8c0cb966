from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.plugins.language.engine import STACK, Engine, copy_stack, make_engine, write_project
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


@pytest.fixture(scope="session")
def empty_stack(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> tuple[Engine, Path]:
    """An engine, and a project with an empty stack."""
    home = tmp_path_factory.mktemp("empty-stack")
    engine = make_engine(str(tools.pulumi.path), home / "home")
    folder = write_project(home / "project", "")
    created = engine.run(folder, "stack", "init", STACK)
    assert created.code == 0, created.output
    return engine, folder


@pytest.fixture
def project(empty_stack: tuple[Engine, Path], engine: Engine, tmp_path: Path) -> Callable[..., Path]:
    """Create a project with this program and a stack `dev`; `extra` is added to Pulumi.yaml."""

    def make(program: str, extra: str = "") -> Path:
        folder = write_project(tmp_path / "project", program, extra)
        copy_stack(empty_stack, engine, folder)
        return folder

    return make
