"""A folder is created with its parents, and deleted only if it is empty."""

from __future__ import annotations

import pytest

from sandbox.infisical.fake import FakeInfisical
from tests.infisical.admin import Admin
from tests.infisical.programs import FOLDER, INSTANCE, PROJECT, PROJECT_ID, SETUP, secret
from tests.infisical.stack import CheckFailed, Declared, Stack


def names(fake_infisical: FakeInfisical, stack: Stack, path: str) -> list[str]:
    query = {"projectId": stack.outputs("project")["projectId"], "environment": "prod", "path": path}
    return [it["name"] for it in Admin(fake_infisical.url).get("/api/v2/folders", **query)["folders"]]


async def test_a_nested_folder_is_created_once(fake_infisical: FakeInfisical, stack: Stack) -> None:
    await stack.up([*SETUP, FOLDER])
    assert (names(fake_infisical, stack, "/"), names(fake_infisical, stack, "/apps")) == (["apps"], ["web"])

    await stack.up([*SETUP, FOLDER])

    assert stack.steps == []
    assert stack.records["folder"].id == f"{stack.outputs('project')['projectId']}/prod/apps/web"


async def test_an_existing_folder_is_adopted(fake_infisical: FakeInfisical, stack: Stack) -> None:
    await stack.up(SETUP)
    body = {"projectId": stack.outputs("project")["projectId"], "environment": "prod", "path": "/apps", "name": "web"}
    made = Admin(fake_infisical.url).post("/api/v2/folders", **body)["folder"]

    await stack.up([*SETUP, FOLDER])

    assert stack.outputs("folder")["folderId"] == made["id"]


async def test_a_folder_that_was_deleted_by_hand_is_recreated(fake_infisical: FakeInfisical, stack: Stack) -> None:
    await stack.up([*SETUP, FOLDER])
    body = {"projectId": stack.outputs("project")["projectId"], "environment": "prod", "path": "/apps"}
    Admin(fake_infisical.url).delete(f"/api/v2/folders/{stack.outputs('folder')['folderId']}", **body)

    await stack.up([*SETUP, FOLDER])

    assert stack.steps == [("update", "folder")]
    assert names(fake_infisical, stack, "/apps") == ["web"]


async def test_an_empty_folder_is_deleted_and_its_parents_are_kept(fake_infisical: FakeInfisical, stack: Stack) -> None:
    await stack.up([*SETUP, FOLDER])
    await stack.up(SETUP)

    assert (names(fake_infisical, stack, "/"), names(fake_infisical, stack, "/apps")) == (["apps"], [])


async def test_a_folder_with_secrets_is_kept(fake_infisical: FakeInfisical, stack: Stack) -> None:
    await stack.up([*SETUP, FOLDER, secret(path="/apps/web")])

    await stack.up(SETUP)

    assert names(fake_infisical, stack, "/apps") == ["web"]
    assert stack.log.warnings == [
        "Folder /apps/web in prod is kept because it is not empty. Delete it in Infisical if you no longer need it."
    ]


@pytest.mark.parametrize("by", ["id", "slug"])
async def test_a_folder_is_imported_by_its_location(stack: Stack, by: str) -> None:
    await stack.up([*SETUP, FOLDER])
    folder = stack.records.pop("folder")
    where = folder.id if by == "id" else "homelab/prod/apps/web"

    await stack.up([INSTANCE, PROJECT, Declared("Folder", "folder", FOLDER.inputs, imports=where)])

    assert stack.records["folder"].id == folder.id


async def test_the_path_is_checked(stack: Stack) -> None:
    inputs = {"projectId": "p", "environment": "prod", "path": "/my apps"}

    with pytest.raises(CheckFailed, match="path: expected '/', or folders of"):
        await stack.preview([Declared("Folder", "folder", inputs)])


async def test_a_new_path_replaces_the_folder(fake_infisical: FakeInfisical, stack: Stack) -> None:
    await stack.up([*SETUP, FOLDER])
    moved = {"projectId": PROJECT_ID, "environment": "prod", "path": "/apps/api"}

    await stack.up([*SETUP, Declared("Folder", "folder", moved)])

    assert stack.steps == [("replace", "folder")]
    assert names(fake_infisical, stack, "/apps") == ["api"]
