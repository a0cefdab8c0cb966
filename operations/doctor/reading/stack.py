"""The stack's outputs, which no passphrase protects."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from operations.doctor.facts import Unread
from operations.errors import OperationError
from operations.programs import find_program
from tooling.stack.pulumi import Pulumi, PulumiFailed

ROTATIONS = "rotations"


def read_rotations(project: Path, stack: str) -> Mapping[str, str] | Unread:
    """The stack output `rotations`: by name of a value, its dates in words."""
    try:
        pulumi = Pulumi(find_program("pulumi"), os.environ)
        arguments = ("stack", "export", "--color", "never", "--stack", stack)
        state: dict[str, Any] = json.loads(pulumi.run(*arguments, cwd=project))
    except OperationError as error:
        return Unread(str(error).splitlines()[0])
    except (PulumiFailed, ValueError):
        return Unread(f"pulumi cannot read the stack {stack}; `pulumi stack ls` shows the stacks")
    resources = (state.get("deployment") or {}).get("resources") or []
    outputs = next((each.get("outputs") or {} for each in resources if each["type"] == "pulumi:pulumi:Stack"), {})
    found = outputs.get(ROTATIONS)
    if not isinstance(found, dict):
        return Unread(f"the stack {stack} has no output {ROTATIONS}; `pulumi up` writes it")
    return {str(name): str(words) for name, words in found.items()}
