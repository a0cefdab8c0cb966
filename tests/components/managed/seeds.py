"""The seeds that a run of the program registers."""

from __future__ import annotations

from typing import Any

from tests.components.program import Run


def seeds_of(done: Run) -> list[Any]:
    return done.of_type("infisical:Secret")


def seed_values(done: Run) -> dict[str, str]:
    """The value of each seed, by address."""
    return {
        f"{it.inputs['path'].rstrip('/')}/{it.inputs['name']}": it.inputs["value"].value
        for it in seeds_of(done)
        if "value" in it.inputs
    }
