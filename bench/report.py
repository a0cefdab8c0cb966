"""The measurements as tables, next to earlier ones."""

from __future__ import annotations

from collections.abc import Sequence

from rich.box import SIMPLE
from rich.table import Table

from bench.results import KUBECTL, Size

PARTS = ("engine", "language host", "program", "plugins", "API server", "etcd")


def times(measured: Sequence[Size]) -> Table:
    """Wall time of each operation, and how many times that is of kubectl's."""
    table = Table(title="Wall time in seconds (times kubectl's)", box=SIMPLE)
    operations = _operations(measured)
    table.add_column("")
    for operation in operations:
        table.add_column(operation, justify="right")
    for size in measured:
        kubectl = size.taken[KUBECTL].wall
        walls = (size.taken[operation].wall if operation in size.taken else None for operation in operations)
        table.add_row(size.label, *("" if wall is None else f"{wall:.1f} ({wall / kubectl:.1f}x)" for wall in walls))
    return table


def growth(measured: Sequence[Size]) -> Table:
    """What each app costs. In a program that is linear, these figures are the same for all sizes."""
    table = Table(title="Growth", box=SIMPLE)
    columns = ("resources", "dependencies", "state", "bytes/app", "first up, ms/app", "no-op preview, ms/app", "memory")
    table.add_column("")
    for column in columns:
        table.add_column(column, justify="right")
    for size in measured:
        apps = size.apps
        table.add_row(
            size.label,
            f"{size.resources:,}",
            f"{size.dependencies:,}",
            f"{size.state_bytes / 1e6:.2f} MB",
            f"{size.state_bytes / apps:,.0f}" if apps else "",
            f"{1000 * size.taken['first up'].wall / apps:.0f}" if apps else "",
            f"{1000 * size.taken['preview, no change'].wall / apps:.0f}" if apps else "",
            f"{max(taken.peak_memory for taken in size.taken.values()) / 2**20:.0f} MiB",
        )
    return table


def split(measured: Sequence[Size]) -> Table:
    """CPU time by role of the process."""
    table = Table(title="CPU seconds by process (kubectl counts as engine)", box=SIMPLE)
    table.add_column("")
    table.add_column("operation")
    for part in PARTS:
        table.add_column(part, justify="right")
    for size in measured:
        for operation, taken in size.taken.items():
            table.add_row(size.label, operation, *(f"{taken.cpu.get(part, 0):.1f}" for part in PARTS))
    return table


def comparison(before: Sequence[Size], after: Sequence[Size]) -> Table:
    """The same operations before and after a change, as wall time relative to the kubectl of the same run."""
    table = Table(title="Before → after, as times kubectl's", box=SIMPLE)
    operations = [operation for operation in _operations(after) if operation != KUBECTL]
    table.add_column("")
    for operation in operations:
        table.add_column(operation, justify="right")
    table.add_column("state", justify="right")
    earlier = {(size.apps, size.providers): size for size in before}
    for size in after:
        if other := earlier.get((size.apps, size.providers)):
            shown = [
                f"{_ratio(other, operation):.1f} → {_ratio(size, operation):.1f}"
                if operation in other.taken and operation in size.taken
                else ""
                for operation in operations
            ]
            table.add_row(size.label, *shown, f"{other.state_bytes / 1e6:.2f} → {size.state_bytes / 1e6:.2f} MB")
    return table


def _ratio(size: Size, operation: str) -> float:
    return size.taken[operation].wall / size.taken[KUBECTL].wall


def _operations(measured: Sequence[Size]) -> list[str]:
    return list(dict.fromkeys(operation for size in measured for operation in size.taken))
