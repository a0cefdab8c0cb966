"""`tooling/venv.sh`, in a checkout whose locks name no packages."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.checkout import CHECKOUT

GROUPS = ("operations", "sandbox", "tests")


def write_checkout(folder: Path) -> Path:
    (folder / "tooling").mkdir(parents=True)
    shutil.copy(CHECKOUT / "tooling" / "venv.sh", folder / "tooling")
    (folder / "locks").mkdir()
    shutil.copy(CHECKOUT / "locks" / "uv.txt", folder / "locks")
    for group in GROUPS:
        (folder / "locks" / f"{group}.txt").write_text("# nothing\n")
    return folder


@pytest.fixture(scope="module")
def created(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout with a virtual environment."""
    folder = write_checkout(tmp_path_factory.mktemp("created") / "checkout")
    assert "creating the virtual environment" in succeed(folder)
    return folder


@pytest.fixture
def checkout(created: Path, tmp_path: Path) -> Path:
    """A copy of that checkout, for one test. It shares the packages, which no test changes."""
    folder = shutil.copytree(created, tmp_path / "checkout", ignore=shutil.ignore_patterns(".venv"))
    return share_environment(created, folder)


def share_environment(created: Path, folder: Path) -> Path:
    """Give a checkout the virtual environment of another checkout, with hard links: a copy has 70 MB."""
    environment = folder / ".venv"
    shutil.copytree(created / ".venv", environment, symlinks=True, copy_function=os.link)
    for lock in environment.glob("*.txt"):
        text = lock.read_text()
        lock.unlink()
        lock.write_text(text)
    return folder


@pytest.fixture
def quick_python(created: Path, tmp_path: Path) -> Path:
    """A Python that creates a virtual environment from the shared packages, in a fraction of the time."""
    program = tmp_path / "python3"
    python, environment = shlex.quote(sys.executable), shlex.quote(str(created / ".venv"))
    program.write_text(
        f'#!/bin/sh\n[ "$1 $2" = "-m venv" ] || exec {python} "$@"\n'
        f'rm -rf .venv && cp -al {environment} .venv && rm -f .venv/*.txt && echo "$*"\n'
    )
    program.chmod(0o755)
    return program


def run(folder: Path, *groups: str, python: str | Path = sys.executable) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "tooling/venv.sh", str(python), *groups],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def succeed(folder: Path, *groups: str, python: str | Path = sys.executable) -> str:
    done = run(folder, *groups, python=python)
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_a_second_run_does_nothing(checkout: Path) -> None:
    assert succeed(checkout) == ""


def test_a_changed_lock_is_installed_once(checkout: Path) -> None:
    (checkout / "locks" / "sandbox.txt").write_text("# still nothing\n")

    assert succeed(checkout) == "installing locks/sandbox.txt into .venv\n"
    assert succeed(checkout) == ""


def test_an_interrupted_installation_is_repeated(checkout: Path) -> None:
    (checkout / ".venv" / "sandbox.txt").unlink()

    assert succeed(checkout) == "installing locks/sandbox.txt into .venv\n"


def test_a_larger_group_replaces_a_smaller_one(checkout: Path) -> None:
    assert succeed(checkout, "tests") == "installing locks/tests.txt into .venv\n"


def test_the_packages_of_the_tests_stay_when_a_smaller_group_is_enough(checkout: Path) -> None:
    succeed(checkout, "tests")

    assert succeed(checkout, "sandbox") == ""
    assert succeed(checkout, "operations") == ""


def test_a_package_without_a_hash_is_refused(checkout: Path) -> None:
    lock = checkout / "locks" / "sandbox.txt"
    lock.write_text("colorama==0.4.6\n")
    failed = run(checkout)

    assert failed.returncode != 0
    assert "--require-hashes" in failed.stdout


def test_a_broken_virtual_environment_is_recreated(checkout: Path, quick_python: Path) -> None:
    python = checkout / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/nonexistent/python")

    said = succeed(checkout, python=quick_python)

    assert "creating the virtual environment" in said
    assert "-m venv --clear .venv" in said
    assert succeed(checkout) == ""


def test_a_failed_installation_is_repeated(checkout: Path) -> None:
    lock = checkout / "locks" / "sandbox.txt"
    lock.write_text("./no-such-package\n")
    failed = run(checkout)
    lock.write_text("# nothing again\n")

    assert failed.returncode != 0
    assert "no-such-package" in failed.stdout
    assert succeed(checkout) == "installing locks/sandbox.txt into .venv\n"


def test_a_changed_lock_of_uv_is_installed(checkout: Path) -> None:
    lock = checkout / "locks" / "uv.txt"
    lock.write_text("colorama==0.4.6\n")
    (checkout / "locks" / "sandbox.txt").write_text("# still nothing\n")
    failed = run(checkout)

    assert failed.returncode != 0
    assert "--require-hashes" in failed.stdout


def test_the_locks_name_no_registry_and_no_folder_of_this_machine() -> None:
    for group in (*GROUPS, "uv"):
        lock = (CHECKOUT / "locks" / f"{group}.txt").read_text()
        assert "--hash=sha256:" in lock
        assert "://" not in lock
        assert str(CHECKOUT) not in lock
        assert "--find-links" not in lock


@pytest.mark.parametrize("exists", [True, False], ids=["too old", "missing"])
def test_an_unsuitable_python_is_reported(exists: bool, tmp_path: Path) -> None:
    folder = write_checkout(tmp_path / "checkout")
    python = tmp_path / "python3"
    if exists:
        python.write_text("#!/bin/sh\n[ \"$1\" = --version ] && echo 'Python 3.9.2'\n")
        python.chmod(0o755)

    done = run(folder, python=python)

    assert done.returncode == 1
    found = "Python 3.9.2" if exists else "not found"
    assert f"error: expected Python 3.11 or newer; found {python}: {found}\n" in done.stdout
    assert "make PYTHON=python3.12 up" in done.stdout
    assert not (folder / ".venv").exists()
