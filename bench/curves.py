"""The run times over the number of apps, as an SVG picture that loads nothing."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from bench.results import KUBECTL, Size

PLOTS: Final[Mapping[str, Mapping[str, str]]] = {
    "Every day": {"one rotation": "#9467bd", "up, no change": "#1f77b4", "preview, no change": "#2ca02c"},
    "Once": {"first up": "#d62728", "destroy": "#ff7f0e", KUBECTL: "#7f7f7f"},
}
"""By title, the operations that have the same scale, each with its color."""

WIDTH, HEIGHT, TOP = 800, 400, 110
PLOT_WIDTH, PLOT_HEIGHT = 310, 240
LEFTS: Final = (60, 460)
"""Where each plot begins."""
LINES: Final = 5

Curve = Sequence[tuple[int, float]]


def draw(measured: Sequence[Size], path: Path) -> None:
    """Draw the wall time of this project's plugins. A straight line is linear growth."""
    sizes = sorted((size for size in measured if size.apps and size.providers == "Python"), key=lambda size: size.apps)
    path.write_text("\n".join(_picture(sizes)) + "\n")


def _picture(sizes: Sequence[Size]) -> Iterator[str]:
    font = 'font-family="sans-serif" font-size="13"'
    yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" {font}>'
    yield f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>'
    yield _text(LEFTS[0], 20, "Seconds by number of apps, each with three keys")
    for left, (title, colors) in zip(LEFTS, PLOTS.items(), strict=True):
        yield _text(left, 46, title, weight="bold")
        curves: dict[str, Curve] = {
            operation: [(size.apps, size.taken[operation].wall) for size in sizes if operation in size.taken]
            for operation in colors
        }
        yield from _plot(left, {operation: curve for operation, curve in curves.items() if curve}, colors)
    yield "</svg>"


def _plot(left: int, curves: Mapping[str, Curve], colors: Mapping[str, str]) -> Iterator[str]:
    points = [point for curve in curves.values() for point in curve]
    apps = max((size for size, _ in points), default=1)
    step = _step(max((wall for _, wall in points), default=1.0))

    def x(value: float) -> float:
        return round(left + PLOT_WIDTH * value / apps, 1)

    def y(value: float) -> float:
        return round(TOP + PLOT_HEIGHT * (1 - value / (step * LINES)), 1)

    for line in range(LINES + 1):
        yield f'<path d="M{left} {y(step * line)}H{left + PLOT_WIDTH}" stroke="#dddddd"/>'
        yield _text(left - 8, y(step * line) + 4, f"{step * line:g}", anchor="end")
    for size in sorted({size for size, _ in points}):
        yield _text(x(size), TOP + PLOT_HEIGHT + 20, f"{size:,}", anchor="middle")
    column = left
    for operation, curve in curves.items():
        color = colors[operation]
        places = " ".join(f"{x(size)},{y(wall)}" for size, wall in curve)
        yield f'<polyline points="{places}" fill="none" stroke="{color}" stroke-width="2"/>'
        yield from (f'<circle cx="{x(size)}" cy="{y(wall)}" r="3" fill="{color}"/>' for size, wall in curve)
        yield f'<rect x="{column}" y="62" width="12" height="12" fill="{color}"/>'
        yield _text(column + 16, 73, operation)
        column += 30 + 7 * len(operation)


def _step(highest: float) -> float:
    """The distance of two lines: 1, 2 or 5 times a power of ten, so that `LINES` of them reach the highest value."""
    power: float = 10.0 ** math.floor(math.log10(highest / LINES))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power * LINES >= highest)


def _text(x: float, y: float, text: str, *, anchor: str = "start", weight: str = "normal") -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-weight="{weight}">{escape(text)}</text>'
