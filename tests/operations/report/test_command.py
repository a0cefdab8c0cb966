"""`report`: the files that it writes, their modes, and its errors."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from operations.doctor.examination import Examination
from operations.doctor.steps.scope import Scope
from operations.report import command
from operations.report.command import main
from tests.operations.doctor.synthetic import NOW, Lab


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Lab:
    """What is observed; the current folder is empty."""
    lab = Lab()

    def examination(*_: object) -> Examination:
        scope = Scope(lab.homelab, lab.homelab.delivered_secrets, lab.facts())
        return Examination(lab.homelab.source, NOW, scope, lab.results())

    monkeypatch.setattr(command, "examination", examination)
    monkeypatch.chdir(tmp_path)
    return lab


def mode(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


def test_without_an_option_it_writes_a_private_page(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0

    assert Path("report.html").read_text().startswith("<!DOCTYPE html>")
    assert mode(Path("report.html")) == 0o600
    said = capsys.readouterr().out
    assert said == "Wrote report.html\n17 keys: 0 undelivered, 0 overdue.\nNo problem found.\n"


def test_all_three_files_are_written_at_once(lab: Lab, tmp_path: Path) -> None:
    assert main(["--to", "a.html", "--markdown", "a.md", "--metrics", "a.prom"]) == 0

    assert {file.name: mode(file) for file in tmp_path.iterdir()} == {"a.html": 0o600, "a.md": 0o600, "a.prom": 0o644}


def test_metrics_alone_write_no_page(lab: Lab, tmp_path: Path) -> None:
    main(["--metrics", "a.prom"])

    assert [file.name for file in tmp_path.iterdir()] == ["a.prom"]


def test_markdown_on_stdout_is_nothing_but_markdown(
    lab: Lab, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--markdown", "-"]) == 0

    captured = capsys.readouterr()
    assert captured.out.startswith("# Secrets of homelab\n")
    assert "Wrote" not in captured.out
    assert captured.err.endswith("No problem found.\n")
    assert [*tmp_path.iterdir()] == []


def test_the_exit_code_is_that_of_the_worst_finding_and_the_files_are_written(lab: Lab, tmp_path: Path) -> None:
    lab.rotations = {"GRAFANA_ADMIN_PASSWORD": "since 2025-11-01, OVERDUE since 2026-11-01"}
    assert main(["--metrics", "a.prom"]) == 1

    lab.observe(external_secrets={})
    assert main(["--metrics", "a.prom"]) == 2
    assert 'homelab_doctor_findings{level="error"} 1' in (tmp_path / "a.prom").read_text()


def test_what_could_not_be_checked_is_said(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    lab.silent = "no answer in time"

    assert main([]) == 2
    assert "17 keys: 0 undelivered, 0 overdue, 17 not checked.\n" in capsys.readouterr().out


def test_an_earlier_file_is_replaced_as_a_whole(lab: Lab, tmp_path: Path) -> None:
    old = tmp_path / "a.prom"
    old.write_text("# an older file\n")
    before = old.stat().st_ino

    main(["--metrics", "a.prom"])

    assert old.stat().st_ino != before, "node_exporter could read a part of it"
    assert "older file" not in old.read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--to", "Pulumi.homelab.yaml"], "--to Pulumi.homelab.yaml: not written\n    expected: a name that ends with"),
        (["--metrics", "a.txt"], "--metrics a.txt: not written\n    expected: a name that ends with .prom: such files"),
        (["--markdown", "a.html"], "--markdown a.html: not written\n    expected: a name that ends with .md"),
        (["--to", "no folder/a.html"], "found:    no folder no folder\n    expected: a folder that exists\n    fix:"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused_before_anything_is_read(
    arguments: list[str], message: str, lab: Lab, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2

    assert message in capsys.readouterr().err
    assert [*tmp_path.iterdir()] == []


def test_a_file_that_cannot_be_written_is_named(lab: Lab, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.html").mkdir()

    assert main(["--to", "a.html"]) == 2

    assert capsys.readouterr().err.startswith("error: a.html: not written\n    found:    Is a directory")
    assert [file.name for file in tmp_path.iterdir()] == ["a.html"], "no draft is left"
