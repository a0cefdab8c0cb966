"""On a machine with pulumi and its plugins, a preview uses them, but only the project's own offline plugins."""

from __future__ import annotations

import importlib.metadata
import os
import sys
from pathlib import Path

from tests.checkout import CHECKOUT
from tests.operations.pull_request.chain import Repository, preview
from tooling.stack.launchers import MARK, launcher
from tooling.toolchain import ensure_engine
from tooling.toolchain.cache import cache_root
from tooling.toolchain.progress import Reporter


def install(path: Path, module: str) -> None:
    """Install a plugin of this project so that it looks like an official one."""
    path.parent.mkdir(parents=True)
    path.write_text(launcher(Path(sys.executable), CHECKOUT, module).replace(f"{MARK}\n", ""))
    path.chmod(0o755)


def test_installed_programs_are_used_and_no_command_is_run(repository: Repository, tmp_path: Path) -> None:
    engine = ensure_engine(Reporter(), ours=[CHECKOUT / ".sandbox"])
    pulumi = tmp_path / "opt" / "pulumi"
    pulumi.parent.mkdir()
    # Neither a link nor in the cache, so it counts as installed.
    pulumi.hardlink_to(engine.pulumi.path.resolve())
    install(tmp_path / "elsewhere" / "pulumi-language-python", "plugins.language")
    for name in ("kubernetes", "random", "command"):
        version = importlib.metadata.version(f"pulumi-{name}")
        plugins = tmp_path / "user" / ".pulumi" / "plugins"
        install(plugins / f"resource-{name}-v{version}" / f"pulumi-resource-{name}", f"plugins.{name}")
    before = {str(file): file.lstat().st_mtime_ns for file in (tmp_path / "user").rglob("*")}
    environment = {
        "HOME": str(tmp_path / "user"),
        "XDG_CACHE_HOME": str(cache_root().parent),
        "PATH": os.pathsep.join([str(pulumi.parent), str(tmp_path / "elsewhere"), os.environ["PATH"]]),
    }
    temporary = tmp_path / "temporary"
    temporary.mkdir()

    with preview(repository.folder, "source-changed", "chart-upgraded", temporary, environment) as process:
        report, said = process.communicate()

    assert process.returncode == 0, report + said
    assert "`command Command` `tailscale-serve`" in report
    assert (
        "- Providers: language host (official), kubernetes (Python plugin of this project), random (official), "
        "command (Python plugin of this project)." in report
    )
    assert {str(file): file.lstat().st_mtime_ns for file in (tmp_path / "user").rglob("*")} == before
