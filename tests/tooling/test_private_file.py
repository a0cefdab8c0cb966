"""A file is written as a whole, with its mode, or not at all."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tooling.private_file import write_private, write_whole


@pytest.fixture(params=[0o000, 0o077])
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


@pytest.mark.usefixtures("umask")
def test_the_mode_does_not_depend_on_the_umask(tmp_path: Path) -> None:
    write_private(tmp_path / "private", "a")
    write_whole(tmp_path / "readable", "a", 0o644)

    assert [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("private", "readable")] == [0o600, 0o644]


def test_a_new_file_replaces_the_old_one_and_its_mode(tmp_path: Path) -> None:
    file = tmp_path / "file"
    write_whole(file, "old", 0o644)
    before = file.stat().st_ino

    write_private(file, b"new")

    assert (file.read_text(), stat.S_IMODE(file.stat().st_mode)) == ("new", 0o600)
    assert file.stat().st_ino != before


def test_a_file_that_cannot_be_written_leaves_no_draft(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()

    with pytest.raises(IsADirectoryError):
        write_private(tmp_path / "folder", "a")

    assert [file.name for file in tmp_path.iterdir()] == ["folder"]
