"""The folder of a run is nobody else's, and gone when the run is, however it ended."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from operations.pull_request.offline.folder import PREFIX, remove_left_behind, throw_away_folder
from tests.operations.pull_request.chain import Repository, preview

DEADLINE_SECONDS = 120


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def test_it_is_for_its_owner_alone_and_gone_at_the_end(temporary: Path) -> None:
    with throw_away_folder() as folder:
        (folder / "state").write_text("secret")
        mode = stat.S_IMODE(folder.stat().st_mode)
        inside = list(temporary.iterdir())

    assert mode == 0o700
    assert inside == [folder]
    assert list(temporary.iterdir()) == []


def test_it_is_gone_after_an_error(temporary: Path) -> None:
    def fail() -> None:
        with throw_away_folder() as folder:
            (folder / "state").write_text("secret")
            raise KeyError

    with pytest.raises(KeyError):
        fail()

    assert list(temporary.iterdir()) == []


def test_a_run_leaves_the_folder_of_another_run_alone(temporary: Path) -> None:
    with throw_away_folder() as first, throw_away_folder() as second:
        assert first != second
        assert first.exists()
        assert remove_left_behind(temporary) == []


def test_what_a_killed_run_left_is_removed_by_the_next_one(temporary: Path) -> None:
    left = temporary / f"{PREFIX}killed"
    left.mkdir()
    (left / "lock").touch()
    (left / "state").write_text("secret")

    with throw_away_folder() as folder:
        assert list(temporary.iterdir()) == [folder]


def test_a_link_of_that_name_is_not_followed(temporary: Path) -> None:
    elsewhere = temporary / "elsewhere"
    elsewhere.mkdir()
    (temporary / f"{PREFIX}link").symlink_to(elsewhere)

    with throw_away_folder():
        pass

    assert elsewhere.exists()


def test_the_folder_of_another_user_is_left_alone(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left = temporary / f"{PREFIX}theirs"
    left.mkdir()
    (left / "lock").touch()
    monkeypatch.setattr(os, "getuid", lambda: os.geteuid() + 1)

    assert remove_left_behind(temporary) == []
    assert left.exists()


def test_an_interrupted_run_ends_what_it_started_and_leaves_nothing(repository: Repository, temporary: Path) -> None:
    with preview(repository.folder, "homelab", "app-added", temporary) as process:
        engines = _engines_under_way(temporary, process)
        process.send_signal(signal.SIGTERM)
        report, said = process.communicate()

    assert process.returncode == 130, said
    assert report == ""
    assert list(temporary.iterdir()) == []
    assert not any(engine.is_running() and engine.status() != psutil.STATUS_ZOMBIE for engine in engines)


def test_a_killed_run_takes_the_engine_with_it(repository: Repository, temporary: Path) -> None:
    with preview(repository.folder, "homelab", "app-added", temporary) as process:
        engines = _engines_under_way(temporary, process)
        (folder,) = temporary.glob(f"{PREFIX}*")
        mode = stat.S_IMODE(folder.stat().st_mode)
        process.kill()
        process.communicate()

    _, alive = psutil.wait_procs(engines, timeout=DEADLINE_SECONDS)
    assert not [engine for engine in alive if engine.status() != psutil.STATUS_ZOMBIE]
    assert mode == 0o700
    assert remove_left_behind(temporary) == [folder]
    assert list(temporary.iterdir()) == []


def _engines_under_way(temporary: Path, process: subprocess.Popen[str]) -> list[psutil.Process]:
    """The command's processes, as soon as secrets are in the state in its folder."""
    end = time.monotonic() + DEADLINE_SECONDS
    while not any(
        f.stat().st_size > 10_000 for f in temporary.glob(f"{PREFIX}*/workspace/state/.pulumi/stacks/*/*.json")
    ):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end, f"no Secret was rendered in {DEADLINE_SECONDS} s"
    return psutil.Process(process.pid).children(recursive=True)
