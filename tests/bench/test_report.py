"""What `make bench` writes can be read again, compared and looked at."""

from __future__ import annotations

import io
from pathlib import Path
from xml.etree import ElementTree

from rich.console import Console
from rich.table import Table

from bench import curves, report, results
from bench.measure import Measurement
from bench.results import KUBECTL, Size


def measured(apps: int, first_up: float) -> Size:
    walls = {"first up": first_up, "preview, no change": 4.0, KUBECTL: 2.0}
    taken = {operation: Measurement(wall, {"engine": 1.5}, 2**20) for operation, wall in walls.items()}
    return Size(apps, "Python", 9 * apps, 20 * apps, 30_000 * apps, 3 * apps, taken)


def shown(table: Table) -> str:
    console = Console(width=200, file=io.StringIO())
    console.print(table)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_written_result_is_read_back_unchanged(tmp_path: Path) -> None:
    sizes = [measured(0, 5.0), measured(10, 20.0)]

    results.write(tmp_path / "bench.json", sizes)

    assert results.read(tmp_path / "bench.json") == sizes


def test_times_are_shown_in_seconds_and_relative_to_kubectl() -> None:
    assert "20.0 (10.0x)" in shown(report.times([measured(10, 20.0)]))


def test_growth_is_shown_for_each_app() -> None:
    text = shown(report.growth([measured(10, 20.0), measured(100, 400.0)]))

    assert "2000" in text
    assert "4000" in text
    assert "30,000" in text


def test_a_comparison_has_the_sizes_of_both_results() -> None:
    text = shown(report.comparison([measured(10, 40.0), measured(50, 1.0)], [measured(10, 20.0), measured(100, 1.0)]))

    assert "20.0 → 10.0" in text
    assert "50 apps" not in text
    assert "100 apps" not in text


def test_each_operation_has_a_curve_through_all_numbers_of_apps(tmp_path: Path) -> None:
    curves.draw([measured(10, 20.0), measured(100, 400.0)], tmp_path / "curves.svg")

    lines = ElementTree.parse(tmp_path / "curves.svg").findall("{*}polyline")
    points = {line.get("stroke"): (line.get("points") or "").split() for line in lines}
    daily, once = curves.PLOTS.values()
    assert {*points} == {daily["preview, no change"], once["first up"], once[KUBECTL]}
    assert {len(places) for places in points.values()} == {2}
    # The largest number of apps is at the right end, and 400 s at 4/5 of the height: the scale ends at 500 s.
    right, height = curves.LEFTS[1] + curves.PLOT_WIDTH, curves.TOP + curves.PLOT_HEIGHT / 5
    assert points[once["first up"]][-1] == f"{right}.0,{height}"


def test_the_curves_load_nothing_from_the_network(tmp_path: Path) -> None:
    curves.draw([measured(0, 5.0), measured(10, 20.0), measured(100, 400.0)], tmp_path / "curves.svg")

    text = (tmp_path / "curves.svg").read_text()
    assert "first up" in text
    assert "the homelab" not in text
    assert "href" not in text
    assert "src" not in text
    ElementTree.fromstring(text)
