"""The stack's outputs, which no passphrase protects."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from operations.doctor.facts import Unread
from operations.errors import OperationError
from operations.programs import find_program
from tooling.errors import ToolingError
from tooling.processes.run import TimedOut
from tooling.stack.pulumi import Pulumi

ROTATIONS: Final = "rotations"
LONGEST_SECONDS: Final = 20.0
"""A backend may be slow, or unreachable."""


def read_rotations(project: Path, stack: str) -> Mapping[str, str] | Unread:
    """The stack output `rotations`: by name of a value, its dates in words."""
    try:
        program = find_program("pulumi")
    except OperationError as error:
        return Unread(str(error).splitlines()[0])
    try:
        state = _state(program, project, stack)
    except TimedOut:
        return Unread(f"pulumi has not read the stack {stack} within {LONGEST_SECONDS:.0f} s")
    except (ToolingError, ValueError):
        return Unread(f"pulumi cannot read the stack {stack}; `pulumi stack ls` shows the stacks")
    resources = (state.get("deployment") or {}).get("resources") or []
    outputs = next((each.get("outputs") or {} for each in resources if each["type"] == "pulumi:pulumi:Stack"), {})
    found = outputs.get(ROTATIONS)
    if not isinstance(found, dict):
        return Unread(f"the stack {stack} has no output {ROTATIONS}; `pulumi up` writes it")
    return {str(name): str(words) for name, words in found.items()}


def _state(program: Path, project: Path, stack: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="doctor-") as folder:
        pulumi = Pulumi(program, os.environ, tether=Path(folder) / "pid", longest=LONGEST_SECONDS)
        found: dict[str, Any] = json.loads(
            pulumi.run("stack", "export", "--color", "never", "--stack", stack, cwd=project)
        )
        return found
