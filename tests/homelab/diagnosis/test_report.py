"""The report about a deployed homelab: what it shows is what is there, and no value is in any of its files."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from operations.__main__ import main
from tests.homelab.canaries import forms
from tests.homelab.deployment import Homelab
from tests.homelab.diagnosis.doctor import Doctor
from tests.homelab.owner import Owner

KEY = "GRAFANA_ADMIN_PASSWORD"
PLACE = 'app="grafana",namespace="monitoring",secret="grafana-secret",key="admin-password"'


@dataclasses.dataclass(frozen=True)
class Report:
    """What the command wrote."""

    code: int
    said: str
    page: str
    markdown: str
    metrics: str

    def samples(self, metric: str) -> dict[str, int]:
        """By labels."""
        return {labels: int(value) for labels, value in re.findall(rf"^{metric}{{(.+)}} (\d+)$", self.metrics, re.M)}


@pytest.fixture
def new_value(homelab: Homelab, doctor: Doctor) -> Iterator[str]:
    """A value that is in Infisical, and not in the Secret yet, until the test ends."""
    owner = Owner(homelab)
    before = owner.values()[KEY]
    doctor.values.add("canary-of-the-report")
    owner.set(KEY, "canary-of-the-report")
    yield "canary-of-the-report"
    owner.set(KEY, before)


def written(homelab: Homelab, doctor: Doctor, folder: Path, *arguments: str) -> Report:
    """Run the command without a passphrase; no form of a value is in what it writes."""
    files = [folder / name for name in ("report.html", "report.md", "report.prom")]
    options = [text for pair in zip(("--to", "--markdown", "--metrics"), map(str, files), strict=True) for text in pair]
    where = ("--project", str(homelab.project), "--stack", homelab.stack)
    out = io.StringIO()
    with doctor.environment(), contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        code = main(["report", *where, *options, *arguments])
    texts = [file.read_text() for file in files]
    for value in doctor.values:
        for form in forms(value):
            shown = [place.count(form) for place in (out.getvalue(), *texts)]
            assert not any(shown), f"a value of {len(value)} characters is shown"
    return Report(code, out.getvalue(), *texts)


def test_a_healthy_homelab_has_every_key_delivered_and_dated(homelab: Homelab, doctor: Doctor, tmp_path: Path) -> None:
    before = homelab.versions()

    report = written(homelab, doctor, tmp_path)

    assert (report.code, report.said.splitlines()[-1]) == (0, "No problem found.")
    assert set(report.samples("homelab_secret_key_delivered").values()) == {1}
    assert report.samples("homelab_secret_key_delivered").keys() >= {PLACE}
    assert report.samples("homelab_secret_key_age_seconds")[PLACE] <= 86_400
    assert report.samples("homelab_secret_key_overdue")[PLACE] == 0
    assert 'secret="",key="infisicalAuthSecret"' in report.metrics
    assert homelab.versions() == before, "the report only reads"


def test_the_pod_that_reads_a_key_is_shown(homelab: Homelab, doctor: Doctor, tmp_path: Path) -> None:
    report = written(homelab, doctor, tmp_path)

    row = next(line for line in report.markdown.splitlines() if line.startswith(r"| admin\-password "))
    assert r"deployment/grafana: environment admin\-password, restarted by a rotation" in row
    assert r"deployment/loki: environment admin\-password |" in row
    assert "<strong>deployment/grafana</strong>" in report.page


def test_a_value_that_the_operator_has_not_read_yet_is_undelivered(
    homelab: Homelab, doctor: Doctor, new_value: str, tmp_path: Path
) -> None:
    report = written(homelab, doctor, tmp_path)

    assert report.code == 1, "the operator reads it at the latest after the refresh interval"
    undelivered = {labels for labels, value in report.samples("homelab_secret_key_delivered").items() if not value}
    assert undelivered == {PLACE}
    assert 'homelab_doctor_findings{level="warning"} 1' in report.metrics
    assert "✗ not delivered" in report.page
    assert new_value not in report.page


def test_one_app_alone(homelab: Homelab, doctor: Doctor, tmp_path: Path) -> None:
    report = written(homelab, doctor, tmp_path, "--app", "authentik")

    assert set(re.findall('app="([^"]*)"', report.metrics)) == {"authentik"}


def test_a_declaration_with_an_error_is_reported(homelab: Homelab, doctor: Doctor, tmp_path: Path) -> None:
    before = json.dumps(homelab.config)
    homelab.config["homelab:store"]["projectSlug"] = "NOT A SLUG"
    homelab.declare()
    try:
        report = written(homelab, doctor, tmp_path)
    finally:
        homelab.config = json.loads(before)
        homelab.declare()

    assert report.code == 2
    assert "homelab:store.projectSlug" in report.page
    assert 'homelab_doctor_findings{level="error"} 1' in report.metrics
