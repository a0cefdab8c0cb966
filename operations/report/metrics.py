"""The report as metrics, in the text format of Prometheus. Labels are names; no value is in it."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from operations.dates import Dates
from operations.report.content import Content

AGE, DUE, OVERDUE, DELIVERED = (
    f"homelab_secret_key_{end}" for end in ("age_seconds", "due_timestamp_seconds", "overdue", "delivered")
)
FINDINGS: Final = "homelab_doctor_findings"
UNCHECKED: Final = "homelab_doctor_steps_not_checked"
WRITTEN: Final = "homelab_report_timestamp_seconds"

HELP: Final = {
    AGE: "Age of the value, in whole days.",
    DUE: "Start of the day on which the rotation of the value is due.",
    OVERDUE: "1 if the rotation is overdue.",
    DELIVERED: "1 if the Secret holds what it must.",
    FINDINGS: "Problems that the doctor found.",
    UNCHECKED: "Steps of the doctor that could not be checked.",
    WRITTEN: "When the report was written.",
}
"""Each metric, in the order in which they are written. All are gauges."""

_DAY_SECONDS: Final = 86_400

Labels = tuple[tuple[str, str], ...]


@dataclass
class _Samples:
    by_metric: dict[str, dict[Labels, float]] = field(default_factory=lambda: {name: {} for name in HELP})

    def add(self, metric: str, value: float, **labels: str) -> None:
        self.by_metric[metric][tuple(labels.items())] = value


def as_metrics(content: Content) -> str:
    """A file for the textfile collector of node_exporter. What is not known is left out."""
    samples = _Samples()
    for app in content.apps:
        for secret in app.secrets:
            for key in secret.keys:
                labels = {"app": app.name, "namespace": secret.namespace, "secret": secret.name, "key": key.name}
                _add_dates(samples, key.dates, content.today, labels)
                if key.delivery.delivered is not None:
                    samples.add(DELIVERED, key.delivery.delivered, **labels)
    for own in content.own:
        labels = {"app": "", "namespace": "", "secret": "", "key": own.name}
        _add_dates(samples, own.dates, content.today, labels)
    counts = content.counts
    samples.add(FINDINGS, counts.errors, level="error")
    samples.add(FINDINGS, counts.warnings, level="warning")
    samples.add(UNCHECKED, counts.unchecked)
    samples.add(WRITTEN, int(content.at.timestamp()))
    return "\n".join(_lines(samples)) + "\n"


def _add_dates(samples: _Samples, dates: Dates | None, today: datetime.date, labels: dict[str, str]) -> None:
    if dates is None:
        return
    samples.add(AGE, dates.age_days(today) * _DAY_SECONDS, **labels)
    if dates.due:
        due = datetime.datetime.combine(dates.due, datetime.time(), datetime.UTC)
        samples.add(DUE, int(due.timestamp()), **labels)
        samples.add(OVERDUE, dates.is_overdue(today), **labels)


def _lines(samples: _Samples) -> Iterator[str]:
    for metric, values in samples.by_metric.items():
        yield f"# HELP {metric} {HELP[metric]}"
        yield f"# TYPE {metric} gauge"
        for labels, value in values.items():
            written = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels)
            yield f"{metric}{{{written}}} {int(value)}" if labels else f"{metric} {int(value)}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
