"""`make test` shows which areas run and how far they are, without a character for each test."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.checkout import CHECKOUT
from tests.progress import Progress, area_of

PYTEST = (sys.executable, "-m", "pytest", "-p", "tests.progress", "-p", "no:randomly", "-p", "no:cacheprovider")


@pytest.mark.parametrize(
    ("test", "area"),
    [
        ("tests/homelab/existing/test_drift.py::test_one[a::b]", "homelab"),
        ("tests/infisical/delivery/test_check.py::test_one", "infisical/delivery"),
        ("tests/sandbox/test_recovery.py::test_one", "sandbox"),
        ("tests/operations/encryption_key/real/test_stack.py::test_one", "operations/encryption_key"),
    ],
)
def test_the_area_of_a_test_is_its_folder(test: str, area: str) -> None:
    assert area_of(test) == area


def test_each_line_names_the_areas_that_have_not_ended() -> None:
    lines: list[str] = []
    progress = Progress(lines.append)
    progress.expect([f"tests/{area}/test_a.py::test_{number}" for area in ("docs", "homelab") for number in range(20)])

    for number in range(20):
        progress.end(f"tests/docs/test_a.py::test_{number}", failed=False)
        progress.end(f"tests/homelab/test_a.py::test_{number}", failed=number == 10)

    assert len(lines) == 20 + 1
    assert lines[0].endswith("  5 %  docs 1/20, homelab 1/20")
    assert lines[-2].endswith(" 95 %, 1 failed  docs 19/20, homelab 19/20")
    assert lines[-1].endswith("100 %, 1 failed")
    assert [line for line in lines if "failed: tests/homelab/test_a.py::test_10" in line]


def test_a_run_prints_progress_and_the_failures(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "def test_one(): pass\ndef test_two(): assert 1 == 2\ndef test_three(): pass\n"
    )

    done = subprocess.run(
        [*PYTEST, "--rootdir", str(tmp_path), str(tmp_path / "test_it.py")],
        cwd=CHECKOUT,
        env={name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert " 33 %  tests 1/3" in done.stdout, done.stdout + done.stderr
    assert "failed: test_it.py::test_two" in done.stdout
    assert "100 %, 1 failed" in done.stdout
    assert "assert 1 == 2" in done.stdout
    assert "1 failed, 2 passed" in done.stdout
