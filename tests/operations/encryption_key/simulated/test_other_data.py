"""Data that a rotation does not carry over is listed first, and left behind only on request."""

from __future__ import annotations

from tests.operations.encryption_key.fakes.administrator import logged_in
from tests.operations.encryption_key.fakes.simulation import STACK, Simulation


def test_data_that_is_not_carried_over(served: Simulation) -> None:
    with logged_in(served.infisical.url) as owner:
        imported = {"import": {"environment": "dev", "path": "/"}}
        place = {"projectId": owner.project_id(), "environment": "prod", "path": "/apps/empty"}
        owner.call("POST", "/api/v1/projects", projectName="Photos", slug="photos")
        owner.call("POST", "/api/v1/identities", name="ci", organizationId=owner.organization, role="no-access")
        owner.call("POST", "/api/v2/secret-imports", **place, **imported)
    before = served.content()

    run = served.run("--confirm", STACK)
    said = run.output

    assert run.code == 1
    assert "the project 'photos'" in said
    assert "the identity 'ci'" in said
    assert "/apps/empty in prod: imports from 1 other folders" in said
    assert "--leave-others" in said
    assert served.files() == []
    assert served.content() == before


def test_with_leave_others_the_rotation_continues_without_that_data(served: Simulation) -> None:
    with logged_in(served.infisical.url) as owner:
        owner.call("POST", "/api/v1/projects", projectName="Photos", slug="photos")

    assert served.run("--confirm", STACK, "--leave-others").code == 0
    assert served.content() == served.before
