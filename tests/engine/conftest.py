"""One homelab for each file: its tests are the steps of one story."""

from __future__ import annotations

import pytest

from tests.engine.homelab import OfflineHomelab, make_homelab
from tooling.toolchain import Tools


@pytest.fixture(scope="module")
def homelab(tools: Tools, warm_starts: None, tmp_path_factory: pytest.TempPathFactory) -> OfflineHomelab:
    return make_homelab(tmp_path_factory.mktemp("homelab"), tools)
