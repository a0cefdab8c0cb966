"""`sandbox/venv.sh`, in a checkout whose requirements are quickly met."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout whose virtualenv was made."""
    folder = tmp_path_factory.mktemp("checkout")
    (folder / "sandbox").mkdir()
    shutil.copy(CHECKOUT / "sandbox" / "venv.sh", folder / "sandbox")
    (folder / "requirements.txt").write_text("# nothing\n")
    (folder / "sandbox" / "requirements.txt").write_text("-r ../requirements.txt\n")
    assert "making the virtualenv" in must(folder)
    return folder


def run(folder: Path, python: str | Path = sys.executable) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "sandbox/venv.sh", str(python)],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def must(folder: Path) -> str:
    done = run(folder)
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_a_second_time_nothing_is_done(made: Path) -> None:
    assert must(made) == ""


def test_changed_requirements_are_installed(made: Path) -> None:
    (made / "requirements.txt").write_text("# still nothing\n")

    assert must(made) == "installing sandbox/requirements.txt into .venv\n"
    assert must(made) == ""


def test_an_interrupted_installation_is_gone_on_with(made: Path) -> None:
    (made / ".venv" / "requirements.stamp").unlink()

    assert must(made) == "installing sandbox/requirements.txt into .venv\n"


def test_a_broken_virtualenv_is_made_anew(made: Path) -> None:
    python = made / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/nonexistent/python")

    assert "making the virtualenv" in must(made)
    assert must(made) == ""


def test_requirements_that_cannot_be_met_fail_and_are_tried_again(made: Path) -> None:
    requirements = made / "requirements.txt"
    requirements.write_text("./no-such-package\n")
    failed = run(made)
    requirements.write_text("# nothing again\n")

    assert failed.returncode != 0
    assert "no-such-package" in failed.stdout
    assert must(made) == "installing sandbox/requirements.txt into .venv\n"


@pytest.mark.parametrize("body", ["echo 'Python 3.9.2'; exit 1", None])
def test_a_python_that_is_too_old_or_missing_is_named(
    body: str | None, tmp_path: Path, program: Callable[[str, str], Path]
) -> None:
    (tmp_path / "sandbox").mkdir()
    shutil.copy(CHECKOUT / "sandbox" / "venv.sh", tmp_path / "sandbox")
    for name in ("requirements.txt", "sandbox/requirements.txt"):
        (tmp_path / name).touch()
    python = program("old/python3", body) if body else Path("/nonexistent/python3")

    done = run(tmp_path, python)

    assert done.returncode == 1
    assert f"error: Python 3.11 or newer is needed; {python} is: " in done.stdout
    assert "make PYTHON=python3.12 up" in done.stdout
    assert not (tmp_path / ".venv").exists()
