"""The environment in which pulumi runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tooling.stack import Workspace
from tooling.toolchain import Engine, Tool
from tooling.toolchain.progress import Reporter

NO_TOOLS: Any = None
"""The environment does not depend on them."""


@pytest.mark.parametrize("variable", ["PULUMI_CONFIG_PASSPHRASE", "PULUMI_ACCESS_TOKEN", "PYTHONDONTWRITEBYTECODE"])
def test_variables_that_change_or_slow_every_command_are_removed(tmp_path: Path, variable: str) -> None:
    workspace = Workspace(tmp_path, NO_TOOLS, None)

    assert variable not in workspace.environment({variable: "1", "PATH": "/bin"})
    assert f"unset {variable}" in workspace.to_source().splitlines()


@pytest.mark.parametrize(("origin", "keeps_logs"), [("built here", False), ("installed", True)])
def test_only_the_pulumi_that_was_built_here_keeps_no_log(tmp_path: Path, origin: str, keeps_logs: bool) -> None:
    program = tmp_path / "pulumi"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    engine = Engine(Tool("pulumi", program, "v3.255.0", origin), None)

    Workspace(tmp_path / "workspace", engine, None).ensure(Reporter())

    assert (tmp_path / "workspace" / "pulumi" / "logs").exists() == (not keeps_logs)
