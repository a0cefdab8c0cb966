"""A preview runs nothing, and its outputs are unknown if an input changes."""

from __future__ import annotations

from pathlib import Path

from tests.plugins.command.service import Service
from tooling.plugin.properties import UNKNOWN, Properties, Secret


async def test_a_previewed_create_runs_nothing(service: Service, tmp_path: Path) -> None:
    path = tmp_path / "made"
    inputs: Properties = {"create": f"touch {path}", "environment": {"A": UNKNOWN, "B": Secret(UNKNOWN)}}

    state = await service.create(preview=True, **inputs)

    assert state == {**inputs, "stdout": UNKNOWN, "stderr": UNKNOWN}
    assert not path.exists()


async def test_a_previewed_update_runs_nothing(service: Service, tmp_path: Path) -> None:
    path = tmp_path / "made"
    state = {"create": "true", "stdout": "old", "stderr": ""}

    previewed = await service.update(state, {"create": f"touch {path}"}, preview=True)

    assert previewed == {"create": f"touch {path}", "stdout": UNKNOWN, "stderr": UNKNOWN}
    assert not path.exists()


async def test_an_added_input_makes_the_output_unknown(service: Service) -> None:
    state = {"create": "true", "stdout": "old", "stderr": ""}

    assert (await service.update(state, {"create": "true", "stdin": "x"}, preview=True))["stdout"] == UNKNOWN


async def test_an_update_without_a_changed_input_keeps_its_output(service: Service) -> None:
    state = {"create": "true", "stdout": "old", "stderr": ""}

    assert await service.update(state, {"create": "true"}, preview=True) == state
