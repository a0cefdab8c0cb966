from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tooling.stack.launchers import is_launcher, launcher, write_launcher

MODULE = (
    "import json, os, sys\n"
    "print(json.dumps([__name__, sys.argv[1:], sorted(n for n in os.environ if n.startswith('PYTHON'))]))\n"
)


@pytest.mark.parametrize(
    "name", ["plain", "with space", "with 'single' quotes", 'with "double" quotes', "$HOME `id` \\"]
)
def test_a_launcher_runs_its_module_from_a_checkout_with_any_name(name: str, tmp_path: Path) -> None:
    checkout = tmp_path / name
    (checkout / "plugins").mkdir(parents=True)
    (checkout / "plugins" / "shown.py").write_text(MODULE)
    path = checkout / "bin" / "pulumi-resource-shown"
    write_launcher(path, launcher(Path(sys.executable), checkout, "plugins.shown"))
    # A module with the same name in the current folder, and the user's PYTHONPATH: both must be ignored.
    (tmp_path / "json.py").write_text("raise SystemExit('the wrong json')")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}

    done = subprocess.run(
        [path, "127.0.0.1:1", "--a flag", "$x"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )

    name_of_main, argv, variables = __import__("json").loads(done.stdout)
    assert name_of_main == "__main__"
    assert argv == ["127.0.0.1:1", "--a flag", "$x"]
    assert "PYTHONPATH" in variables


def test_a_launcher_and_an_official_plugin_are_distinguished(tmp_path: Path) -> None:
    ours, official = tmp_path / "ours", tmp_path / "official"
    write_launcher(ours, launcher(Path(sys.executable), tmp_path, "plugins.random"))
    official.write_bytes(b"\x7fELF" + bytes(1000))

    assert is_launcher(ours)
    assert not is_launcher(official)
    assert not is_launcher(tmp_path / "nothing")


def test_writing_it_again_does_not_change_the_file(tmp_path: Path) -> None:
    path = tmp_path / "launcher"
    text = launcher(Path(sys.executable), tmp_path, "plugins.random")
    write_launcher(path, text)
    before = path.stat().st_ino, path.stat().st_mtime_ns

    write_launcher(path, text)

    assert (path.stat().st_ino, path.stat().st_mtime_ns) == before
    assert path.stat().st_mode & 0o777 == 0o755


def test_a_link_is_replaced_and_its_target_is_kept(tmp_path: Path) -> None:
    official = tmp_path / "official"
    official.write_text("official")
    path = tmp_path / "launcher"
    path.symlink_to(official)

    write_launcher(path, "#!/bin/sh\n")

    assert official.read_text() == "official"
    assert not path.is_symlink()
