"""The files of a revision are written to a folder, and no link leads out of it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from operations.errors import OperationError
from operations.pull_request.revision import WORKING_TREE, resolve, write_tree
from tests.operations.pull_request.chain import COMMITTER


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch", "main")
    (folder / "kept").write_text("first")
    (folder / "removed").write_text("first")
    (folder / ".gitignore").write_text("ignored\n")
    commit(folder)
    (folder / "kept").write_text("second")
    (folder / "removed").unlink()
    (folder / "new").write_text("second")
    (folder / "ignored").write_text("second")
    return folder


def git(folder: Path, *arguments: str) -> None:
    environment = {**os.environ, **COMMITTER, "GIT_CONFIG_GLOBAL": os.devnull}
    subprocess.run(["git", *arguments], cwd=folder, env=environment, check=True, capture_output=True)


def commit(folder: Path) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "one")


def content(folder: Path) -> dict[str, str]:
    return {file.name: file.read_text() for file in folder.iterdir() if file.name != ".gitignore"}


def test_the_files_of_a_commit_are_written(repository: Path, tmp_path: Path) -> None:
    write_tree(repository, resolve(repository, "main"), tmp_path / "tree")

    assert content(tmp_path / "tree") == {"kept": "first", "removed": "first"}


def test_the_working_tree_is_copied_without_ignored_files(repository: Path, tmp_path: Path) -> None:
    write_tree(repository, WORKING_TREE, tmp_path / "tree")

    assert content(tmp_path / "tree") == {"kept": "second", "new": "second"}


@pytest.mark.parametrize("name", ["nowhere", "", "--help", "main:kept"])
def test_a_name_that_is_not_a_commit_is_refused(name: str, repository: Path) -> None:
    with pytest.raises(OperationError, match="is not a commit in"):
        resolve(repository, name)


def test_a_link_out_of_the_folder_is_refused(repository: Path, tmp_path: Path) -> None:
    (repository / "passwd").symlink_to("/etc/passwd")
    commit(repository)

    with pytest.raises(OperationError, match="leads out of the repository"):
        write_tree(repository, resolve(repository, "main"), tmp_path / "tree")


def test_a_link_of_the_working_tree_is_not_followed(repository: Path, tmp_path: Path) -> None:
    (repository / "passwd").symlink_to("/etc/passwd")
    write_tree(repository, WORKING_TREE, tmp_path / "tree")

    assert (tmp_path / "tree" / "passwd").is_symlink()
