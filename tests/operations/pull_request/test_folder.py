"""Only the owner of a run can read its folder, and the folder does not outlive the run."""

from __future__ import annotations

import contextlib
import os
import signal
import stat
import subprocess
from pathlib import Path

import psutil
import pytest

from operations.pull_request.offline.folder import PREFIX, remove_left_behind, throw_away_folder
from tests.operations.pull_request.chain import Repository, preview
from tests.waiting import eventually


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def test_the_folder_is_private_and_removed_at_the_end(temporary: Path) -> None:
    with throw_away_folder() as folder:
        (folder / "state").write_text("secret")
        mode = stat.S_IMODE(folder.stat().st_mode)
        inside = list(temporary.iterdir())

    assert mode == 0o700
    assert inside == [folder]
    assert list(temporary.iterdir()) == []


def test_the_folder_is_removed_after_an_error(temporary: Path) -> None:
    def fail() -> None:
        with throw_away_folder() as folder:
            (folder / "state").write_text("secret")
            raise KeyError

    with pytest.raises(KeyError):
        fail()

    assert list(temporary.iterdir()) == []


def test_a_run_keeps_the_folder_of_another_run(temporary: Path) -> None:
    with throw_away_folder() as first, throw_away_folder() as second:
        assert first != second
        assert first.exists()
        assert remove_left_behind(temporary) == []


def test_the_next_run_removes_the_folder_of_a_killed_run(temporary: Path) -> None:
    left = temporary / f"{PREFIX}killed"
    left.mkdir()
    (left / "lock").touch()
    (left / "state").write_text("secret")

    with throw_away_folder() as folder:
        assert list(temporary.iterdir()) == [folder]


def test_a_link_with_such_a_name_is_not_followed(temporary: Path) -> None:
    elsewhere = temporary / "elsewhere"
    elsewhere.mkdir()
    (temporary / f"{PREFIX}link").symlink_to(elsewhere)

    with throw_away_folder():
        pass

    assert elsewhere.exists()


def test_the_folder_of_another_user_is_kept(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left = temporary / f"{PREFIX}theirs"
    left.mkdir()
    (left / "lock").touch()
    monkeypatch.setattr(os, "getuid", lambda: os.geteuid() + 1)

    assert remove_left_behind(temporary) == []
    assert left.exists()


def test_an_interrupted_run_ends_its_processes_and_removes_its_folder(repository: Repository, temporary: Path) -> None:
    with preview(repository.folder, "homelab", "app-added", temporary) as process:
        engines = _running_engines(temporary, process)
        process.send_signal(signal.SIGTERM)
        report, said = process.communicate()

    assert process.returncode == 130, said
    assert report == ""
    assert list(temporary.iterdir()) == []
    eventually(lambda: not any(map(_is_running, engines)), "the engine and its plugins have ended")


def test_the_engine_ends_with_a_killed_run(repository: Repository, temporary: Path) -> None:
    with preview(repository.folder, "homelab", "app-added", temporary) as process:
        engines = _running_engines(temporary, process)
        (folder,) = temporary.glob(f"{PREFIX}*")
        mode = stat.S_IMODE(folder.stat().st_mode)
        process.kill()
        process.communicate()

    eventually(lambda: not any(map(_is_running, engines)), "the engine and its plugins have ended")
    assert mode == 0o700
    # A process that it was just starting also holds the lock, for a moment.
    eventually(lambda: remove_left_behind(temporary) == [folder], "the folder is removed")
    assert list(temporary.iterdir()) == []


def _running_engines(temporary: Path, process: subprocess.Popen[str]) -> list[psutil.Process]:
    """The processes of the command, as soon as the state in its folder contains secrets."""
    eventually(lambda: process.poll() is not None or _has_secrets(temporary), "a Secret is rendered", poll_seconds=0.01)
    assert process.poll() is None, process.communicate()
    return psutil.Process(process.pid).children(recursive=True)


def _has_secrets(temporary: Path) -> bool:
    # The engine replaces the file while it is looked at.
    with contextlib.suppress(FileNotFoundError):
        states = temporary.glob(f"{PREFIX}*/workspace/state/.pulumi/stacks/*/*.json")
        return any(state.stat().st_size > 10_000 for state in states)
    return False


def _is_running(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False
