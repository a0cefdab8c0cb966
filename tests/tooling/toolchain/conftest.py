"""The build cache of a test, and this machine's Go."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sandbox.conftest import Listener
from tooling.toolchain.cache import cache_root
from tooling.toolchain.golang import Go, find_go


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def go(tmp_path_factory: pytest.TempPathFactory, listener: Listener) -> Go:
    return find_go(cache_root(), listener)
