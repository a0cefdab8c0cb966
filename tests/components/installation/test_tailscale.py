"""Tailscale serves the UI if a port is declared, and stops when it is removed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.components.program import Run, run
from tests.declaration.stack_config import MODES

EACH_MODE = pytest.mark.parametrize("mode", MODES)


def _run(mode: str, **infisical: Any) -> Run:
    config = MODES[mode]()
    return run({**config, "infisical": {**config["infisical"], **infisical}})


@EACH_MODE
def test_without_a_port_no_command_is_run(mode: str) -> None:
    done = run(MODES[mode]())

    assert done.of_type("Command") == []
    assert done.of_type("TailscaleServe") == []


@EACH_MODE
def test_with_a_port_the_node_port_is_served_there_and_undone_on_removal(mode: str) -> None:
    (command,) = _run(mode, tailscalePort=8445, nodePort=31000).of_type("Command")

    served = "tailscale serve --bg --https 8445 http://localhost:31000"
    assert command.inputs == {
        "create": served,
        "update": served,
        "delete": "tailscale serve --https 8445 off",
        "triggers": [8445, 31000],
    }


def test_a_new_port_stops_serving_the_old_port_first() -> None:
    """In the other order, the old command's delete could stop a port that is served again."""
    (first,) = _run("managed", tailscalePort=8445).of_type("Command")
    (second,) = _run("managed", tailscalePort=443).of_type("Command")

    assert first.urn == second.urn
    assert first.inputs["triggers"] != second.inputs["triggers"]
    assert first.delete_before_replace


def test_it_is_served_once_infisical_is_declared() -> None:
    done = _run("managed", tailscalePort=8445)

    assert done.the("Application", "infisical").urn in done.the("Command", "tailscale-serve").dependencies


def test_nothing_else_changes_with_it() -> None:
    without, having = _run("managed"), _run("managed", tailscalePort=8445)

    more = having.registrations.keys() - without.registrations.keys()
    assert {having.registrations[urn].type for urn in more} == {
        "homelab:secrets:TailscaleServe",
        "command:local:Command",
    }
    assert {urn: having.registrations[urn] for urn in without.registrations} == without.registrations
