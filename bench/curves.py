"""The run times over the number of apps, as an SVG picture that loads nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from bench.results import KUBECTL, Size

CURVES: Final = {
    "first up": "#d62728",
    "up, no change": "#1f77b4",
    "preview, no change": "#2ca02c",
    "one rotation": "#9467bd",
    "destroy": "#ff7f0e",
    KUBECTL: "#7f7f7f",
}
"""Each operation with its color."""

WIDTH, HEIGHT, LEFT, TOP, PLOT_WIDTH, PLOT_HEIGHT = 800, 420, 60, 40, 540, 320
LINES: Final = 5


def draw(measured: Sequence[Size], path: Path) -> None:
    """Draw the wall time of this project's plugins. A straight line is linear growth."""
    sizes = sorted((size for size in measured if size.apps and size.providers == "Python"), key=lambda size: size.apps)
    curves = {
        operation: [(size.apps, size.taken[operation].wall) for size in sizes if operation in size.taken]
        for operation in CURVES
    }
    points = [point for curve in curves.values() for point in curve]
    apps, seconds = (max(values) for values in zip(*points, strict=True))
    path.write_text("\n".join(_picture(curves, apps, seconds)) + "\n")


def _picture(curves: dict[str, list[tuple[int, float]]], apps: int, seconds: float) -> Iterator[str]:
    def x(value: float) -> float:
        return round(LEFT + PLOT_WIDTH * value / apps, 1)

    def y(value: float) -> float:
        return round(TOP + PLOT_HEIGHT * (1 - value / seconds), 1)

    font = 'font-family="sans-serif" font-size="13"'
    yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" {font}>'
    yield f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>'
    yield _text(LEFT, TOP - 16, "Seconds by number of apps, each with three keys")
    for line in range(LINES + 1):
        height = seconds * line / LINES
        yield f'<path d="M{LEFT} {y(height)}H{LEFT + PLOT_WIDTH}" stroke="#dddddd"/>'
        yield _text(LEFT - 8, y(height) + 4, f"{height:.0f}", anchor="end")
    for size in sorted({size for curve in curves.values() for size, _ in curve}):
        yield _text(x(size), TOP + PLOT_HEIGHT + 20, f"{size:,}", anchor="middle")
    for row, (operation, curve) in enumerate(each for each in curves.items() if each[1]):
        color = CURVES[operation]
        places = " ".join(f"{x(size)},{y(wall)}" for size, wall in curve)
        yield f'<polyline points="{places}" fill="none" stroke="{color}" stroke-width="2"/>'
        yield from (f'<circle cx="{x(size)}" cy="{y(wall)}" r="3" fill="{color}"/>' for size, wall in curve)
        height = TOP + 20 * row
        yield f'<rect x="{LEFT + PLOT_WIDTH + 30}" y="{height - 10}" width="12" height="12" fill="{color}"/>'
        yield _text(LEFT + PLOT_WIDTH + 48, height + 1, operation)
    yield "</svg>"


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}">{escape(text)}</text>'
