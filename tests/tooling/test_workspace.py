"""The environment in which pulumi runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tooling.stack import Workspace

NO_TOOLS: Any = None
"""The environment does not depend on them."""


@pytest.mark.parametrize("variable", ["PULUMI_CONFIG_PASSPHRASE", "PULUMI_ACCESS_TOKEN", "PYTHONDONTWRITEBYTECODE"])
def test_variables_that_change_or_slow_every_command_are_removed(tmp_path: Path, variable: str) -> None:
    workspace = Workspace(tmp_path, NO_TOOLS, None)

    assert variable not in workspace.environment({variable: "1", "PATH": "/bin"})
    assert f"unset {variable}" in workspace.to_source().splitlines()
