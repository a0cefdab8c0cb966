"""The command refuses to start an unsafe rotation, changes nothing, and names the fix."""

from __future__ import annotations

import copy
from collections.abc import Iterator

import pytest

from operations.encryption_key.journal import locked
from tests.operations.encryption_key.fakes.simulation import STACK, Run, Simulation


@pytest.fixture(autouse=True)
def nothing_changes(simulation: Simulation) -> Iterator[None]:
    homelab = simulation.homelab
    before = copy.copy(homelab.stack), copy.copy(homelab.cluster), simulation.content(), simulation.files()
    yield
    after = homelab.stack, homelab.cluster, simulation.content(), simulation.files()
    # How the test changed the stack is no change of the command.
    homelab.stack.is_up_to_date, homelab.stack.token = True, ""
    assert after == before


def refused(run: Run) -> str:
    """The output of a refused run."""
    assert run.code == 1
    return run.output


def test_a_wrong_name(simulation: Simulation) -> None:
    said = refused(simulation.run("--confirm", "homelab"))

    assert "not the name of the stack" in said
    assert "Nothing was changed." in said


def test_no_terminal_to_confirm_in(simulation: Simulation) -> None:
    assert f"--confirm {STACK}" in refused(simulation.run())


def test_a_key_in_the_stack_config(simulation: Simulation) -> None:
    simulation.homelab.config["infisicalEncryptionKey"] = "of an earlier installation"

    assert "pulumi config rm homelab:infisicalEncryptionKey" in refused(simulation.run("--confirm", STACK))


def test_a_token_instead_of_a_password(simulation: Simulation) -> None:
    simulation.homelab.stack.token = "canary-token"

    said = refused(simulation.run("--confirm", STACK))

    assert "pulumi config rm homelab:infisicalToken" in said
    assert "canary" not in said


def test_a_stack_that_is_not_up_to_date(simulation: Simulation) -> None:
    simulation.homelab.stack.is_up_to_date = False

    said = refused(simulation.run("--confirm", STACK))

    assert "is not up to date" in said
    assert "`pulumi up` first" in said


def test_a_declaration_with_errors_is_reported_whole_before_anything_else(simulation: Simulation) -> None:
    store = {"hostAPI": "http://infisical:8080", "projectSlug": "homelab", "environmentSlug": "prod"}
    simulation.homelab.config |= {"store": {**store, "secretsPath": "apps"}, "grafana": "x"}

    said = refused(simulation.run("--confirm", STACK))

    assert f"error: Pulumi.{STACK}.yaml has 2 errors" in said
    assert "homelab:store.secretsPath" in said
    assert "homelab:grafana" in said
    assert "up to date" not in said


def test_an_external_database_without_commands(simulation: Simulation) -> None:
    database = {"kind": "external", "secretName": "database", "secretKey": "URI"}
    simulation.homelab.config["infisical"] |= {"database": database}
    simulation.homelab.config["infisicalRedisUrl"] = "canary-of-redis"

    assert "homelab:infisical.database.setAside" in refused(simulation.run("--confirm", STACK))


def test_another_rotation_is_running(simulation: Simulation) -> None:
    with locked(simulation.project, STACK):
        said = refused(simulation.run("--confirm", STACK))
        assert simulation.run("--status").code == 0

    assert f"Another rotation of ENCRYPTION_KEY is running on the stack {STACK}" in said


def test_an_undo_without_a_rotation(simulation: Simulation) -> None:
    assert "there is nothing to undo" in refused(simulation.run("--undo"))
