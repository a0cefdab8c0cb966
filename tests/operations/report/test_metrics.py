"""The report as metrics: valid text for Prometheus, with a sample for everything that is known."""

from __future__ import annotations

import base64
import datetime
import re
import subprocess
from pathlib import Path
from typing import Final

import pytest

from operations.report.content import Content
from operations.report.metrics import AGE, DELIVERED, DUE, FINDINGS, HELP, OVERDUE, UNCHECKED, WRITTEN, as_metrics
from tests.operations.doctor.synthetic import NOW, Lab
from tests.operations.report.homelabs import changed_secret, renamed, report

LINE: Final = re.compile(r'([a-z_]+)(?:\{((?:[a-z]+="(?:[^"\\\n]|\\["\\n])*",?)+)\})? (-?\d+)')
PLACE: Final = 'app="grafana",namespace="monitoring",secret="grafana-secret",key="admin-password"'


def samples(text: str) -> dict[tuple[str, str], int]:
    """By metric and labels. Each line is valid, and none occurs twice."""
    found: dict[tuple[str, str], int] = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            match = LINE.fullmatch(line)
            assert match, line
            key = match[1], match[2] or ""
            assert key not in found
            found[key] = int(match[3])
    return found


@pytest.fixture
def lab() -> Lab:
    lab = Lab()
    lab.rotations = {"GRAFANA_ADMIN_PASSWORD": "since 2025-11-01, OVERDUE since 2026-11-01"}
    return lab


def test_a_key_has_its_age_its_date_and_its_delivery(lab: Lab) -> None:
    found = samples(as_metrics(report(lab)))

    due = datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC).timestamp()
    assert {name: found[name, PLACE] for name in (AGE, DUE, OVERDUE, DELIVERED)} == {
        AGE: 394 * 86_400,
        DUE: due,
        OVERDUE: 1,
        DELIVERED: 1,
    }


def test_prometheus_finds_nothing_to_improve(promtool: Path, lab: Lab) -> None:
    text = as_metrics(renamed(report(lab), 'a"} 1\n\\b'))

    done = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("found", "complaint"),
    [("homelab_secret_key_age_days 1\n", "use base unit"), ('homelab_x{app="a"b"} 1\n', "error while linting")],
)
def test_prometheus_complains_about_other_text(promtool: Path, found: str, complaint: str) -> None:
    done = subprocess.run([promtool, "check", "metrics"], input=found, capture_output=True, text=True, check=False)

    assert done.returncode != 0
    assert complaint in done.stderr


def test_an_undelivered_key_is_zero(lab: Lab) -> None:
    changed_secret(lab, "monitoring/grafana-secret", **{"admin-password": base64.b64encode(b"older").decode()})

    assert samples(as_metrics(report(lab)))[DELIVERED, PLACE] == 0


def test_what_is_not_known_has_no_sample(lab: Lab) -> None:
    lab.rotations = {}
    lab.silent = "no answer in time"

    found = samples(as_metrics(report(lab)))

    assert {name for name, _ in found} == {FINDINGS, UNCHECKED, WRITTEN}
    assert found[FINDINGS, 'level="error"'] == 1
    assert found[UNCHECKED, ""] > 0


def test_a_value_that_never_changes_is_not_due(lab: Lab) -> None:
    lab.rotations = {"GRAFANA_ADMIN_PASSWORD": "since 2025-11-01, never changes"}

    found = samples(as_metrics(report(lab)))

    assert (AGE, PLACE) in found
    assert (DUE, PLACE) not in found
    assert (OVERDUE, PLACE) not in found


def test_the_time_and_the_findings_are_there(lab: Lab) -> None:
    found = samples(as_metrics(report(lab)))

    assert found[WRITTEN, ""] == NOW.timestamp()
    assert (found[FINDINGS, 'level="error"'], found[FINDINGS, 'level="warning"']) == (0, 1)
    assert found[UNCHECKED, ""] == 0


def test_infisicals_own_values_have_only_a_name(lab: Lab) -> None:
    lab.rotations = {"infisicalAuthSecret": "since 2025-11-01, OVERDUE since 2026-11-01"}

    labels = 'app="",namespace="",secret="",key="infisicalAuthSecret"'
    assert samples(as_metrics(report(lab)))[OVERDUE, labels] == 1


def test_every_metric_has_its_help_and_its_type(lab: Lab) -> None:
    text = as_metrics(report(lab))

    assert re.findall(r"^# HELP (\S+) ", text, re.MULTILINE) == list(HELP)
    assert re.findall(r"^# TYPE (\S+) gauge$", text, re.MULTILINE) == list(HELP)
    assert text.endswith("\n")


def test_a_hostile_name_stays_one_label(lab: Lab) -> None:
    hostile: Content = renamed(report(lab), 'a"} 1\n\\b')

    found = samples(as_metrics(hostile))

    assert (DELIVERED, ",".join(rf'{each}="a\"}} 1\n\\b"' for each in ("app", "namespace", "secret", "key"))) in found
