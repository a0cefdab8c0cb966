"""What runs on this machine in place of a container."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Runs:
    """
    What runs on this machine in place of a container.

    :param programs: the folder that is first on PATH; without it, no command runs
    :param variables: in addition to those of the container
    :param log: what it prints
    """

    programs: Path | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    log: Path | None = None

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> Runs:
        """Return what `to_json` was called on."""
        programs, log = found["programs"], found["log"]
        return cls(Path(programs) if programs else None, found["variables"], Path(log) if log else None)

    def to_json(self) -> dict[str, Any]:
        programs, log = (str(each) if each else None for each in (self.programs, self.log))
        return {"programs": programs, "variables": dict(self.variables), "log": log}
