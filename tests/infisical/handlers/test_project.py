"""A project is found by its slug, gets its missing environments, and is not deleted by accident."""

from __future__ import annotations

import pytest

from infisical.api.errors import Blocked
from sandbox.infisical.fake import FakeInfisical
from tests.infisical.admin import Admin
from tests.infisical.programs import INSTANCE, PROJECT, SETUP
from tests.infisical.stack import CheckFailed, Declared, Stack


def project(**inputs: object) -> Declared:
    return Declared("Project", "project", {"slug": "homelab", **inputs})


def environments(fake_infisical: FakeInfisical) -> dict[str, str]:
    found = Admin(fake_infisical.url).get("/api/v1/projects/slug/homelab")["environments"]
    return {it["slug"]: it["name"] for it in found}


async def test_a_new_project_has_only_the_declared_environments(fake_infisical: FakeInfisical, stack: Stack) -> None:
    await stack.up([INSTANCE, project(environments={"prod": "Production", "test": "Testing"})])

    assert environments(fake_infisical) == {"prod": "Production", "test": "Testing"}


async def test_an_existing_project_is_adopted_with_its_environments(
    fake_infisical: FakeInfisical, stack: Stack
) -> None:
    await stack.up([INSTANCE])
    made = Admin(fake_infisical.url).post("/api/v1/projects", projectName="By hand", slug="homelab")["project"]

    await stack.up([INSTANCE, project(environments={"prod": "Renamed", "test": "Testing"})])

    assert stack.outputs("project")["projectId"] == made["id"]
    assert environments(fake_infisical) == {
        "dev": "Development",
        "staging": "Staging",
        "prod": "Production",
        "test": "Testing",
    }


async def test_an_environment_is_added_and_never_removed(fake_infisical: FakeInfisical, stack: Stack) -> None:
    await stack.up([INSTANCE, project(environments={"prod": "Production"})])
    await stack.up([INSTANCE, project(environments={"prod": "Production", "test": "Testing"})])
    assert stack.steps == [("update", "project")]

    await stack.up([INSTANCE, project(environments={"prod": "Production"})])

    assert stack.steps == []
    assert set(environments(fake_infisical)) == {"prod", "test"}


async def test_a_project_that_was_deleted_by_hand_is_recreated(fake_infisical: FakeInfisical, stack: Stack) -> None:
    await stack.up(SETUP)
    old = stack.outputs("project")["projectId"]
    Admin(fake_infisical.url).delete(f"/api/v1/projects/{old}")

    await stack.up(SETUP)

    assert stack.steps == [("update", "project")]
    assert stack.outputs("project")["projectId"] != old


async def test_deleting_a_protected_project_is_refused_with_instructions(
    fake_infisical: FakeInfisical, stack: Stack
) -> None:
    await stack.up(SETUP)

    with pytest.raises(Blocked) as raised:
        await stack.up([INSTANCE])

    assert "every secret in it would be lost" in str(raised.value)
    assert "set `deletion_protection=False` and run `pulumi up` first" in str(raised.value)
    assert f"pulumi state delete '{stack.records['project'].urn}'" in str(raised.value)
    assert environments(fake_infisical)


async def test_an_unprotected_project_is_deleted(fake_infisical: FakeInfisical, stack: Stack) -> None:
    await stack.up(SETUP)
    await stack.up([INSTANCE, project(deletionProtection=False)])
    assert stack.steps == [("update", "project")]

    await stack.up([INSTANCE])

    projects = Admin(fake_infisical.url).get("/api/v1/projects")["projects"]
    assert "homelab" not in [it["slug"] for it in projects]


async def test_a_refresh_finds_a_deleted_project(fake_infisical: FakeInfisical, stack: Stack) -> None:
    await stack.up(SETUP)
    await stack.refresh()
    assert stack.steps == []
    Admin(fake_infisical.url).delete(f"/api/v1/projects/{stack.outputs('project')['projectId']}")

    await stack.refresh()

    assert stack.steps == [("gone", "project")]


async def test_a_project_is_imported_by_its_slug(fake_infisical: FakeInfisical, stack: Stack) -> None:
    await stack.up([INSTANCE])
    made = Admin(fake_infisical.url).post("/api/v1/projects", projectName="By hand", slug="homelab")["project"]

    await stack.up([INSTANCE, Declared("Project", "project", PROJECT.inputs, imports="homelab")])
    assert stack.steps == [("import", "project")]
    await stack.up(SETUP)

    assert stack.steps == []
    assert stack.outputs("project")["projectId"] == made["id"]


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [
        ({"slug": "home"}, "slug: expected 5 to 36 of a-z and 0-9, in words joined by '-', found 'home'"),
        ({"slug": "Home Lab"}, "slug: expected 5 to 36 of a-z and 0-9, in words joined by '-', found 'Home Lab'"),
        ({"environments": {}}, "environments: expected at least one environment"),
        ({"environments": {"Prod!": "P"}}, "expected slugs of at most 64 of a-z"),
        ({"deletionProtection": "no"}, "deletionProtection: expected a boolean, found 'no'"),
        ({"colour": "red"}, "colour: not an input of this resource"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_wrong_arguments_are_named(stack: Stack, inputs: dict[str, object], reason: str) -> None:
    with pytest.raises(CheckFailed) as raised:
        await stack.preview([project(**inputs)])

    assert reason in str(raised.value)
