"""What a benchmark measured, and its JSON form."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.measure import Measurement

KUBECTL = "kubectl apply"


@dataclass(frozen=True)
class Size:
    """
    The measurements with one number of apps.

    :param apps: 0 is the declared homelab
    :param providers: `Python` for this project's plugins, `official` for installed ones
    :param resources: in the state after the first update
    :param dependencies: entries in the dependency lists of that state
    :param state_bytes: its size in the file backend
    :param objects: the Kubernetes objects, which `kubectl apply` gets
    :param taken: by operation, in the order of their run
    """

    apps: int
    providers: str
    resources: int
    dependencies: int
    state_bytes: int
    objects: int
    taken: dict[str, Measurement]

    @property
    def label(self) -> str:
        """The number of apps, for people."""
        count = f"{self.apps:,} apps" if self.apps else "the homelab"
        return count if self.providers == "Python" else f"{count}, {self.providers} plugins"


def write(path: Path, sizes: Sequence[Size]) -> None:
    """Write the measurements as JSON."""
    path.write_text(json.dumps([dataclasses.asdict(size) for size in sizes], indent=2) + "\n")


def read(path: Path) -> list[Size]:
    """Read what `write` has written."""
    return [
        Size(**{**size, "taken": {name: Measurement(**taken) for name, taken in size["taken"].items()}})
        for size in json.loads(path.read_text())
    ]
