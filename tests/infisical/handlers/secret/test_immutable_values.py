"""An immutable value is never replaced: not after a refresh, a deleted project, or a move."""

from __future__ import annotations

from typing import Any

import pytest

from infisical.api.errors import Blocked
from tests.infisical.admin import Admin, at
from tests.infisical.programs import FOLDER, SETUP, secret
from tests.infisical.stack import Declared, Stack

IN_USE, GENERATED = "value-that-is-in-use", "value-that-was-generated"


def immutable(**more: Any) -> Declared:
    """The declared secret; its generated value is not the one in use."""
    return secret(value=GENERATED, onNewValue="hold", **more)


def moved(declared: Declared) -> Declared:
    """A new resource in the folder of the app, which a move creates."""
    return Declared("Secret", "moved", {**declared.inputs, "path": FOLDER.inputs["path"]})


@pytest.fixture
async def adopted(stack: Stack) -> Stack:
    """An adopted secret whose value differs from the declared one."""
    await stack.up(SETUP)
    Admin(stack.fake_infisical.url).post("/api/v4/secrets/DB_PASSWORD", **at(project_id(stack)), secretValue=IN_USE)
    await stack.up([*SETUP, immutable()])
    return stack


def project_id(stack: Stack) -> str:
    found: str = stack.outputs("project")["projectId"]
    return found


async def test_a_deleted_value_is_not_replaced_after_a_refresh(adopted: Stack) -> None:
    admin = Admin(adopted.fake_infisical.url)
    admin.delete("/api/v4/secrets/DB_PASSWORD", **at(project_id(adopted)))

    await adopted.refresh()
    with pytest.raises(Blocked, match=r"DB_PASSWORD is immutable and was deleted in Infisical \(/ in prod\)"):
        await adopted.up([*SETUP, immutable()])

    assert admin.secrets(project_id(adopted)) == {}


async def test_a_value_that_was_deleted_with_its_project_is_not_replaced(adopted: Stack) -> None:
    admin, lost = Admin(adopted.fake_infisical.url), project_id(adopted)
    admin.delete(f"/api/v1/projects/{lost}")

    with pytest.raises(Blocked, match=r"DB_PASSWORD is immutable and was deleted in Infisical \(/ in prod\)"):
        await adopted.up([*SETUP, immutable()])

    assert project_id(adopted) != lost
    assert admin.secrets(project_id(adopted)) == {}


async def test_a_moved_secret_is_not_seeded_with_a_different_value(adopted: Stack) -> None:
    """A move to the app's own folder creates a new resource without the old one's state."""
    with pytest.raises(Blocked) as raised:
        await adopted.up([*SETUP, FOLDER, moved(immutable())])

    assert "DB_PASSWORD is immutable, and its value at / in prod differs" in str(raised.value)
    assert IN_USE not in str(raised.value)
    assert GENERATED not in str(raised.value)
    assert Admin(adopted.fake_infisical.url).secrets(project_id(adopted), path="/apps/web") == {}


async def test_a_preview_refuses_the_move(adopted: Stack) -> None:
    with pytest.raises(Blocked, match="its value at / in prod differs"):
        await adopted.preview([*SETUP, FOLDER, moved(immutable())])


async def test_a_value_that_was_copied_to_the_new_folder_is_adopted(adopted: Stack) -> None:
    admin = Admin(adopted.fake_infisical.url)
    await adopted.up([*SETUP, FOLDER, immutable()])
    there = at(project_id(adopted), path="/apps/web")
    admin.post("/api/v4/secrets/DB_PASSWORD", **there, secretValue=IN_USE)

    await adopted.up([*SETUP, FOLDER, moved(immutable())])

    assert admin.secrets(project_id(adopted), path="/apps/web") == {"DB_PASSWORD": IN_USE}


async def test_a_move_with_the_value_in_use_succeeds(adopted: Stack) -> None:
    given = secret(value=IN_USE, onNewValue="refuse")

    await adopted.up([*SETUP, FOLDER, moved(given)])

    assert Admin(adopted.fake_infisical.url).secrets(project_id(adopted), path="/apps/web") == {"DB_PASSWORD": IN_USE}


@pytest.mark.parametrize("refreshed", [False, True])
async def test_a_value_that_is_already_in_a_new_project_is_adopted(adopted: Stack, refreshed: bool) -> None:
    """A rotation of ENCRYPTION_KEY copies every value to an empty server."""
    admin = Admin(adopted.fake_infisical.url)
    admin.delete(f"/api/v1/projects/{project_id(adopted)}")
    made = admin.post("/api/v1/projects", projectName="homelab", slug="homelab", type="secret-manager")["project"]
    admin.post("/api/v4/secrets/DB_PASSWORD", **at(made["id"]), secretValue=IN_USE)

    if refreshed:
        await adopted.refresh()
    await adopted.up([*SETUP, immutable()])

    assert project_id(adopted) == made["id"]
    assert admin.secrets(made["id"]) == {"DB_PASSWORD": IN_USE}
