"""The alert rules of the documentation can be loaded, and name only metrics that exist."""

from __future__ import annotations

import re
from typing import Any, Final

import pytest
import yaml

from operations.report.metrics import HELP
from tests.checkout import CHECKOUT
from tests.docs import markdown
from tooling.toolchain import Tools

PAGE: Final = CHECKOUT / "docs" / "how-to" / "watch-your-secrets.md"
OF_THE_OPERATOR: Final = (
    "externalsecret_status_condition",
    "externalsecret_sync_calls_error",
    "clustersecretstore_status_condition",
)
FUNCTIONS: Final = {"time", "absent", "increase", "and", "or"}
SUBSYSTEM: Final = re.compile("(externalsecret|clustersecretstore)_(.*)")


def rules() -> list[dict[str, Any]]:
    (text,) = re.findall(r"^```yaml\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    (group,) = yaml.safe_load(text)["groups"]
    found: list[dict[str, Any]] = group["rules"]
    return found


def metrics_of(expression: str) -> set[str]:
    """The names in an expression, without labels, ranges and functions."""
    without_labels = re.sub(r"\{[^}]*\}|\[[^]]*\]", "", expression)
    return set(re.findall(r"[a-z_]+", without_labels)) - FUNCTIONS


def test_each_rule_has_a_name_of_its_own_and_what_prometheus_expects() -> None:
    names = [rule["alert"] for rule in rules()]

    assert len(names) == len(set(names))
    for rule in rules():
        assert rule.keys() <= {"alert", "expr", "for", "labels", "annotations"}
        assert re.fullmatch(r"\d+[smhd]", rule.get("for", "1m"))
        assert rule["labels"]["severity"] in ("info", "warning", "critical")
        assert rule["annotations"].keys() == {"summary"}


def test_the_rules_name_only_metrics_that_exist_and_use_each_kind() -> None:
    used = {name for rule in rules() for name in metrics_of(rule["expr"])}

    assert used <= {*HELP, *OF_THE_OPERATOR}
    assert used >= set(OF_THE_OPERATOR)


@pytest.mark.parametrize("bracket", ["()", "[]", "{}"])
def test_brackets_are_closed(bracket: str) -> None:
    assert all(rule["expr"].count(bracket[0]) == rule["expr"].count(bracket[1]) for rule in rules())


def test_a_summary_uses_only_labels_that_the_metric_has() -> None:
    labels = {"app", "namespace", "secret", "key"}

    for rule in rules():
        used = set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]))
        is_of_a_key = any(name.startswith("homelab_secret_key") for name in metrics_of(rule["expr"]))
        assert used <= (labels if is_of_a_key else {"name"})


def test_the_page_has_a_row_for_each_metric() -> None:
    assert [row[0].strip("`") for row in markdown.table(PAGE, "Metrics")] == list(HELP)


@pytest.mark.parametrize("metric", OF_THE_OPERATOR)
def test_the_operator_has_the_metric(tools: Tools, metric: str) -> None:
    program = tools.external_secrets.path.read_bytes()

    match = SUBSYSTEM.fullmatch(metric)

    assert match
    assert match[1].encode() in program
    assert match[2].encode() in program
