"""The alert rules of the documentation, in Prometheus itself: what fires for a report's metrics, and after how long."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from operations.report.metrics import HELP, WRITTEN, as_metrics
from tests.checkout import CHECKOUT
from tests.docs import markdown
from tests.operations.doctor.synthetic import NOW, Lab
from tests.operations.report.homelabs import changed_secret, report
from tooling.toolchain import Tools

PAGE: Final = CHECKOUT / "docs" / "how-to" / "watch-your-secrets.md"
OF_THE_OPERATOR: Final = (
    "externalsecret_status_condition",
    "externalsecret_sync_calls_error",
    "clustersecretstore_status_condition",
)
FUNCTIONS: Final = {"time", "absent", "increase", "and", "or"}
SUBSYSTEM: Final = re.compile("(externalsecret|clustersecretstore)_(.*)")
SAMPLE: Final = re.compile(r"([a-z_]+(?:\{.*\})?) (\d+)")
MINUTES: Final = 180
PLACE: Final = {
    "app": "grafana",
    "namespace": "monitoring",
    "secret": "grafana-secret",
    "key": "admin-password",
}
EXTERNAL: Final = {"name": "grafana-secret", "namespace": "monitoring"}

Series = Mapping[str, str]
Alerts = Mapping[str, Sequence[tuple[Mapping[str, str], str]]]
"""By name, the labels and the summary of each."""


def rules_text() -> str:
    (text,) = re.findall(r"^```yaml\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return str(text)


def rules() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load(rules_text())["groups"]
    found: list[dict[str, Any]] = group["rules"]
    return found


def metrics_of(expression: str) -> set[str]:
    """The names in an expression, without labels, ranges and functions."""
    without_labels = re.sub(r"\{[^}]*\}|\[[^]]*\]", "", expression)
    return set(re.findall(r"[a-z_]+", without_labels)) - FUNCTIONS


def series_of(lab: Lab, *, written_again: bool = True) -> dict[str, str]:
    """The samples of the lab's report, as they stay for three hours. The report is written each minute."""
    lines = map(SAMPLE.fullmatch, as_metrics(report(lab)).splitlines())
    found = {line[1]: line[2] for line in lines if line}
    growth = {WRITTEN: "+60" if written_again else "+0"}
    return {name: f"{value}{growth.get(name, '+0')}x{MINUTES}" for name, value in found.items()}


def of_the_operator(metric: str, values: str, **labels: str) -> dict[str, str]:
    written = ",".join(f'{name}="{text}"' for name, text in {**EXTERNAL, **labels}.items())
    return {f"{metric}{{{written}}}": values}


def check(promtool: Path, folder: Path, series: Series, minutes: int, expected: Alerts) -> None:
    """Of all rules, exactly the expected ones fire after that many minutes of these series."""
    (folder / "rules.yaml").write_text(rules_text())
    every = {rule["alert"]: rule for rule in rules()}
    assert expected.keys() <= every.keys()
    test = {
        "interval": "1m",
        "start_timestamp": NOW.isoformat(),
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "alert_rule_test": [
            {
                "eval_time": f"{minutes}m",
                "alertname": name,
                "exp_alerts": [
                    {"exp_labels": {**rule["labels"], **labels}, "exp_annotations": {"summary": summary}}
                    for labels, summary in expected.get(name, ())
                ],
            }
            for name, rule in every.items()
        ],
    }
    file = folder / "test.yaml"
    file.write_text(yaml.safe_dump({"rule_files": ["rules.yaml"], "evaluation_interval": "1m", "tests": [test]}))
    done = subprocess.run([promtool, "test", "rules", str(file)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def lab() -> Lab:
    """A homelab in which nothing is to do."""
    lab = Lab()
    lab.rotations = {"GRAFANA_ADMIN_PASSWORD": "since 2026-11-01, due on 2027-11-01"}
    return lab


def test_prometheus_can_load_the_rules(promtool: Path, tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(rules_text())

    argv: list[str | Path] = [promtool, "check", "rules", "--lint=all", "--lint-fatal", tmp_path / "rules.yaml"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert f"SUCCESS: {len(rules())} rules found" in done.stdout


def test_nothing_fires_for_a_homelab_in_which_nothing_is_to_do(promtool: Path, tmp_path: Path, lab: Lab) -> None:
    ready = of_the_operator("externalsecret_status_condition", "0x180", condition="Ready", status="False")
    store = of_the_operator("clustersecretstore_status_condition", "0x180", condition="Ready", status="False")
    errors = of_the_operator("externalsecret_sync_calls_error", "2x180")

    check(promtool, tmp_path, {**series_of(lab), **ready, **store, **errors}, MINUTES, {})


@pytest.mark.parametrize(
    ("rotation", "alert", "summary"),
    [
        (
            "since 2025-11-01, OVERDUE since 2026-11-01",
            "SecretRotationOverdue",
            "The rotation of admin-password (grafana) is overdue",
        ),
        (
            "since 2025-12-13, due on 2026-12-13",
            "SecretRotationDue",
            "The rotation of admin-password (grafana) is due in less than 14 days",
        ),
    ],
)
def test_a_rotation_is_announced_two_weeks_before_and_when_it_is_overdue(
    promtool: Path, tmp_path: Path, lab: Lab, rotation: str, alert: str, summary: str
) -> None:
    lab.rotations = {"GRAFANA_ADMIN_PASSWORD": rotation}
    warnings: Alerts = {alert: [(PLACE, summary)]}

    check(promtool, tmp_path, series_of(lab), 59, {})
    check(promtool, tmp_path, series_of(lab), 60, warnings)


def test_an_undelivered_key_fires_when_the_operator_had_time_to_deliver_it(
    promtool: Path, tmp_path: Path, lab: Lab
) -> None:
    changed_secret(lab, "monitoring/grafana-secret", **{"admin-password": None})
    found: Alerts = {"DoctorFoundErrors": [({"level": "error"}, "python -m operations doctor reports errors: 1")]}
    undelivered = "Secret grafana-secret does not hold the current admin-password"

    check(promtool, tmp_path, series_of(lab), 29, {})
    check(promtool, tmp_path, series_of(lab), 89, found)
    check(promtool, tmp_path, series_of(lab), 90, {**found, "SecretUndelivered": [(PLACE, undelivered)]})


def test_a_report_that_is_not_written_any_more_fires(promtool: Path, tmp_path: Path, lab: Lab) -> None:
    old: Alerts = {"SecretsReportTooOld": [({}, "python -m operations report has written no metrics for an hour")]}

    check(promtool, tmp_path, series_of(lab, written_again=False), 75, {})
    check(promtool, tmp_path, series_of(lab, written_again=False), 76, old)


def test_a_report_that_was_never_written_fires(promtool: Path, tmp_path: Path) -> None:
    old: Alerts = {"SecretsReportTooOld": [({}, "python -m operations report has written no metrics for an hour")]}

    check(promtool, tmp_path, {}, 14, {})
    check(promtool, tmp_path, {}, 15, old)


@pytest.mark.parametrize(
    ("metric", "alert", "summary"),
    [
        (
            "externalsecret_status_condition",
            "ExternalSecretNotReady",
            "ExternalSecret grafana-secret is not Ready",
        ),
        (
            "clustersecretstore_status_condition",
            "ClusterSecretStoreNotReady",
            "ClusterSecretStore grafana-secret is not Ready",
        ),
    ],
)
def test_what_the_operator_reports_as_not_ready_fires(
    promtool: Path, tmp_path: Path, lab: Lab, metric: str, alert: str, summary: str
) -> None:
    condition = {"condition": "Ready", "status": "False"}
    series = {**series_of(lab), **of_the_operator(metric, f"1x{MINUTES}", **condition)}

    check(promtool, tmp_path, series, 14, {})
    check(promtool, tmp_path, series, 15, {alert: [({**EXTERNAL, **condition}, summary)]})


def test_syncs_that_keep_failing_fire(promtool: Path, tmp_path: Path, lab: Lab) -> None:
    """One error in an hour is no alert: the operator tries again."""
    sometimes = of_the_operator("externalsecret_sync_calls_error", "0 1x59 2x60")
    always = of_the_operator("externalsecret_sync_calls_error", "0+0.1x120")
    failing: Alerts = {"ExternalSecretSyncErrors": [(EXTERNAL, "The syncs of ExternalSecret grafana-secret fail")]}

    check(promtool, tmp_path, {**series_of(lab), **sometimes}, 60, {})
    check(promtool, tmp_path, {**series_of(lab), **always}, 60, failing)


def test_the_rules_name_only_metrics_that_exist_and_use_each_kind() -> None:
    used = {name for rule in rules() for name in metrics_of(rule["expr"])}

    assert used <= {*HELP, *OF_THE_OPERATOR}
    assert used >= set(OF_THE_OPERATOR)


def test_the_page_has_a_row_for_each_metric() -> None:
    assert [row[0].strip("`") for row in markdown.table(PAGE, "Metrics")] == list(HELP)


@pytest.mark.parametrize("metric", OF_THE_OPERATOR)
def test_the_operator_has_the_metric(tools: Tools, metric: str) -> None:
    program = tools.external_secrets.path.read_bytes()

    match = SUBSYSTEM.fullmatch(metric)

    assert match
    assert match[1].encode() in program
    assert match[2].encode() in program
