"""The command refuses to start an unsafe rotation, changes nothing, and names the fix."""

from __future__ import annotations

import pytest

from operations.encryption_key.journal import locked
from tests.homelab.deployment import STACK, Run
from tests.homelab.owner import Owner
from tests.operations.encryption_key.rotator import Rotator


@pytest.fixture(autouse=True)
def nothing_changes(rotator: Rotator) -> object:
    versions, key, rotations = rotator.homelab.versions(), rotator.key(), sorted(rotator.folder.glob("*/*"))
    yield
    assert rotator.homelab.versions() == versions
    assert rotator.key() == key
    assert sorted(rotator.folder.glob("*/*")) == rotations


def refused(run: Run) -> str:
    """The output of a refused run."""
    assert run.code == 1
    assert "Traceback" not in run.output
    return run.output


def test_a_wrong_name(rotator: Rotator) -> None:
    said = refused(rotator.run("--confirm", "homelab"))

    assert "not the name of the stack" in said
    assert "Nothing was changed." in said


def test_no_terminal_to_confirm_in(rotator: Rotator) -> None:
    assert f"--confirm {STACK}" in refused(rotator.run(given=f"{STACK}\n"))


def test_data_that_is_not_carried_over(rotator: Rotator) -> None:
    owner = Owner(rotator.homelab)
    other = owner.call("POST", "/api/v1/projects", projectName="Photos", slug="photos")["project"]
    identity = owner.call("POST", "/api/v1/identities", name="ci", organizationId=owner.organization, role="no-access")
    imports = owner.call(
        "POST",
        "/api/v2/secret-imports",
        projectId=owner.project_id,
        environment="prod",
        path="/apps/empty",
        **{"import": {"environment": "dev", "path": "/"}},
    )

    said = refused(rotator.run("--confirm", STACK))

    assert "the project 'photos'" in said
    assert "the identity 'ci'" in said
    assert "/apps/empty in prod: imports from 1 other folders" in said
    assert "--leave-others" in said
    owner.call("DELETE", f"/api/v1/projects/{other['id']}")
    owner.call("DELETE", f"/api/v1/identities/{identity['identity']['id']}")
    owner.call(
        "DELETE",
        f"/api/v2/secret-imports/{imports['secretImport']['id']}",
        projectId=owner.project_id,
        environment="prod",
        path="/apps/empty",
    )


def test_a_key_in_the_stack_config(rotator: Rotator) -> None:
    rotator.homelab.set_secret("infisicalEncryptionKey", rotator.key())

    said = refused(rotator.run("--confirm", STACK))
    rotator.homelab.remove_secret("infisicalEncryptionKey")

    assert "pulumi config rm homelab:infisicalEncryptionKey" in said


def test_a_stack_that_is_not_up_to_date(rotator: Rotator) -> None:
    rotator.homelab.config["homelab:infisical"]["replicas"] = 2
    rotator.homelab.declare()

    said = refused(rotator.run("--confirm", STACK))
    rotator.homelab.config["homelab:infisical"]["replicas"] = 1
    rotator.homelab.declare()

    assert "is not up to date" in said
    assert "`pulumi up` first" in said


def test_a_declaration_with_errors_is_reported_whole_before_anything_else(rotator: Rotator) -> None:
    config = rotator.homelab.config
    broken = {"homelab:store": {**config["homelab:store"], "secretsPath": "apps"}, "homelab:grafana": "x"}
    rotator.homelab.config = {**config, **broken}
    rotator.homelab.declare()

    said = refused(rotator.run("--confirm", STACK))
    rotator.homelab.config = config
    rotator.homelab.declare()
    rotator.homelab.remove_secret("grafana")

    assert f"error: Pulumi.{STACK}.yaml has 2 errors" in said
    assert "homelab:store.secretsPath" in said
    assert "homelab:grafana" in said
    assert "up to date" not in said


def test_an_external_database_without_commands(rotator: Rotator) -> None:
    bundled = rotator.homelab.config["homelab:infisical"]["database"]
    rotator.homelab.config["homelab:infisical"]["database"] = {
        "kind": "external",
        "secretName": "database",
        "secretKey": "URI",
    }
    rotator.homelab.declare()
    rotator.homelab.set_secret("infisicalRedisUrl", "redis://:canary-of-redis@redis:6379")

    said = refused(rotator.run("--confirm", STACK))
    rotator.homelab.remove_secret("infisicalRedisUrl")
    rotator.homelab.config["homelab:infisical"]["database"] = bundled
    rotator.homelab.declare()

    assert "homelab:infisical.database.setAside" in said


def test_another_rotation_is_running(rotator: Rotator) -> None:
    with locked(rotator.homelab.project, STACK):
        said = refused(rotator.run("--confirm", STACK))
        assert rotator.run("--status").code == 0

    assert f"Another rotation of ENCRYPTION_KEY is running on the stack {STACK}" in said


def test_an_undo_without_a_rotation(rotator: Rotator) -> None:
    assert "there is nothing to undo" in refused(rotator.run("--undo"))


def test_a_stack_that_does_not_exist(rotator: Rotator) -> None:
    assert "nowhere" in refused(rotator.run("--confirm", "nowhere", "--stack", "nowhere"))
