"""What is not sure to end well is not begun: then nothing happened, and the message says what to do first."""

from __future__ import annotations

import pytest

from operations.encryption_key.journal import alone
from tests.homelab.deployment import STACK, Run
from tests.homelab.owner import Owner
from tests.operations.encryption_key.rotating import Rotating


@pytest.fixture(autouse=True)
def nothing_happens(rotating: Rotating) -> object:
    versions, key, rotations = rotating.homelab.versions(), rotating.key(), sorted(rotating.folder.glob("*/*"))
    yield
    assert rotating.homelab.versions() == versions
    assert rotating.key() == key
    assert sorted(rotating.folder.glob("*/*")) == rotations


def refused(run: Run) -> str:
    """What a refusal says."""
    assert run.code == 1
    assert "Traceback" not in run.output
    return run.output


def test_another_name_than_the_stacks(rotating: Rotating) -> None:
    said = refused(rotating.run("--confirm", "homelab"))

    assert f"that is not the name of the stack, {STACK}" in said
    assert "nothing was changed" in said


def test_nobody_who_could_type_it(rotating: Rotating) -> None:
    assert f"--confirm {STACK}" in refused(rotating.run(given=f"{STACK}\n"))


def test_values_that_would_not_be_carried_over(rotating: Rotating) -> None:
    owner = Owner(rotating.homelab)
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

    said = refused(rotating.run("--confirm", STACK))

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


def test_a_key_of_an_earlier_installation_in_the_config(rotating: Rotating) -> None:
    rotating.homelab.set_secret("infisicalEncryptionKey", rotating.key())

    said = refused(rotating.run("--confirm", STACK))
    rotating.homelab.remove_secret("infisicalEncryptionKey")

    assert "pulumi config rm homelab:infisicalEncryptionKey" in said


def test_a_stack_that_is_not_as_declared(rotating: Rotating) -> None:
    rotating.homelab.config["homelab:infisical"]["replicas"] = 2
    rotating.homelab.declare()

    said = refused(rotating.run("--confirm", STACK))
    rotating.homelab.config["homelab:infisical"]["replicas"] = 1
    rotating.homelab.declare()

    assert "is not as declared" in said
    assert "`pulumi up` first" in said


def test_an_external_database_that_nobody_knows_to_set_aside(rotating: Rotating) -> None:
    bundled = rotating.homelab.config["homelab:infisical"]["database"]
    rotating.homelab.config["homelab:infisical"]["database"] = {
        "kind": "external",
        "secretName": "database",
        "secretKey": "URI",
    }
    rotating.homelab.declare()

    said = refused(rotating.run("--confirm", STACK))
    rotating.homelab.config["homelab:infisical"]["database"] = bundled
    rotating.homelab.declare()

    assert "homelab:infisical.database.setAside" in said


def test_another_rotation_that_works_on_the_stack(rotating: Rotating) -> None:
    with alone(rotating.homelab.project, STACK):
        said = refused(rotating.run("--confirm", STACK))
        assert rotating.run("--status").code == 0

    assert f"another rotation of ENCRYPTION_KEY works on the stack {STACK}" in said


def test_an_undo_of_nothing(rotating: Rotating) -> None:
    assert "there is nothing to undo" in refused(rotating.run("--undo"))


def test_a_stack_that_there_is_none_of(rotating: Rotating) -> None:
    assert "nowhere" in refused(rotating.run("--confirm", "nowhere", "--stack", "nowhere"))
