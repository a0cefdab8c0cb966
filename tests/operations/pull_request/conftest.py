"""The repository with the chain of changes, and the tool chain that previews them."""

from __future__ import annotations

import pytest

from tests.checkout import CHECKOUT
from tests.operations.pull_request.chain import Repository, make_repository
from tooling.toolchain import ensure_definitions, ensure_engine
from tooling.toolchain.progress import Reporter


@pytest.fixture(scope="session")
def tool_chain() -> None:
    """Build and download what a preview needs."""
    ensure_engine(Reporter(), ours=[CHECKOUT / ".sandbox"])
    ensure_definitions(Reporter())


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory, tool_chain: None) -> Repository:
    return make_repository(tmp_path_factory.mktemp("chain") / "homelab")
