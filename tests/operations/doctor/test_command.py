"""The exit code, and the errors of the command itself."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from operations.doctor import command
from operations.doctor.command import main
from tests.checkout import CHECKOUT
from tests.operations.doctor.synthetic import Lab


def test_json_is_one_object_with_every_step(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lab = Lab()
    lab.observe(application=None)
    monkeypatch.setattr(command, "examined", lambda *_: lab.results())

    assert main(["--json"]) == 2

    found = json.loads(capsys.readouterr().out)
    assert {key: found[key] for key in ("version", "exitCode", "summary")} == {
        "version": 1,
        "exitCode": 2,
        "summary": "Found 1 error.",
    }
    assert [step["id"] for step in found["steps"]] == [
        *("declaration", "cluster", "bootstrap-secrets", "application", "pods", "infisical", "operator", "login"),
        *("project", "store", "external-secrets", "secrets", "workloads", "rotations", "backups", "clocks"),
    ]
    assert found["steps"][3] == {
        "id": "application",
        "title": "Argo CD's Application",
        "status": "error",
        "detail": "1 error",
        "findings": [
            {
                "id": "application-missing",
                "level": "error",
                "what": "Infisical's Application does not exist",
                "where": ["Application argocd/infisical"],
                "found": "",
                "expected": "",
                "fix": "run `pulumi up --refresh`, which recreates declared objects that were deleted",
            }
        ],
    }


def test_a_missing_stack_file_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--project", str(tmp_path)]) == 2
    assert "file not found" in capsys.readouterr().out


def test_an_unknown_app_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--project", str(CHECKOUT), "--app", "nextcloud"]) == 2
    assert "declares no app 'nextcloud'" in capsys.readouterr().err


def test_a_failure_of_the_doctor_is_named_without_its_message(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        message = "canary"
        raise ValueError(message)

    monkeypatch.setattr(command, "examined", fail)

    assert main([]) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: the doctor itself failed (ValueError in test_command.py, line ")
    assert "canary" not in said


def test_an_output_that_nobody_reads_any_more_is_no_failure() -> None:
    program = (
        "import sys; from operations.doctor.command import guarded; sys.exit(guarded(lambda: print('x' * 100_000)))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout
    process.stdout.close()

    _, said = process.communicate()

    assert (process.returncode, said) == (141, b"")
