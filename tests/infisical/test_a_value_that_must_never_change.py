"""A value that must never change is seeded with no other one: not after a refresh, a lost project, or a move."""

from __future__ import annotations

from typing import Any

import pytest

from infisical.api.errors import Blocked
from tests.infisical.admin import Admin, at
from tests.infisical.programs import FOLDER, SETUP, secret
from tests.infisical.stack import Declared, Stack

IN_USE, GENERATED = "value-that-is-in-use", "value-that-was-generated"


def held(**more: Any) -> Declared:
    """The key as the program declares it, with a generated value that is not the one in use."""
    return secret(value=GENERATED, onNewValue="hold", **more)


def fired(declared: Declared) -> Declared:
    """Another resource in the folder of its app, as a move makes it."""
    return Declared("Secret", "moved", {**declared.inputs, "path": FOLDER.inputs["path"]})


@pytest.fixture
async def adopted(stack: Stack) -> Stack:
    """Infisical's value was there before, and is another one than the stack's."""
    await stack.up(SETUP)
    Admin(stack.fake_infisical.url).post("/api/v4/secrets/DB_PASSWORD", **at(project_id(stack)), secretValue=IN_USE)
    await stack.up([*SETUP, held()])
    return stack


def project_id(stack: Stack) -> str:
    found: str = stack.outputs("project")["projectId"]
    return found


async def test_one_that_was_lost_is_not_seeded_with_another_after_a_refresh(adopted: Stack) -> None:
    admin = Admin(adopted.fake_infisical.url)
    admin.delete("/api/v4/secrets/DB_PASSWORD", **at(project_id(adopted)))

    await adopted.refresh()
    with pytest.raises(Blocked, match=r"DB_PASSWORD is immutable and was deleted in Infisical \(/ in prod\)"):
        await adopted.up([*SETUP, held()])

    assert admin.secrets(project_id(adopted)) == {}


async def test_one_that_was_lost_with_its_project_is_not_seeded_with_another(adopted: Stack) -> None:
    admin, lost = Admin(adopted.fake_infisical.url), project_id(adopted)
    admin.delete(f"/api/v1/projects/{lost}")

    with pytest.raises(Blocked, match=r"DB_PASSWORD is immutable and was deleted in Infisical \(/ in prod\)"):
        await adopted.up([*SETUP, held()])

    assert project_id(adopted) != lost
    assert admin.secrets(project_id(adopted)) == {}


async def test_one_that_is_not_where_it_was_is_not_seeded_with_another_in_its_new_folder(adopted: Stack) -> None:
    """A move to a folder for each app makes another resource, which knows nothing of the one before."""

    with pytest.raises(Blocked) as raised:
        await adopted.up([*SETUP, FOLDER, fired(held())])

    assert "DB_PASSWORD is immutable, and its value at / in prod differs" in str(raised.value)
    assert IN_USE not in str(raised.value)
    assert GENERATED not in str(raised.value)
    assert Admin(adopted.fake_infisical.url).secrets(project_id(adopted), path="/apps/web") == {}


async def test_a_preview_refuses_the_move_already(adopted: Stack) -> None:

    with pytest.raises(Blocked, match="its value at / in prod differs"):
        await adopted.preview([*SETUP, FOLDER, fired(held())])


async def test_one_that_was_put_into_its_new_folder_is_adopted_there(adopted: Stack) -> None:
    admin = Admin(adopted.fake_infisical.url)
    await adopted.up([*SETUP, FOLDER, held()])
    there = at(project_id(adopted), path="/apps/web")
    admin.post("/api/v4/secrets/DB_PASSWORD", **there, secretValue=IN_USE)

    await adopted.up([*SETUP, FOLDER, fired(held())])

    assert admin.secrets(project_id(adopted), path="/apps/web") == {"DB_PASSWORD": IN_USE}


async def test_the_value_in_use_moves(adopted: Stack) -> None:
    given = secret(value=IN_USE, onNewValue="refuse")

    await adopted.up([*SETUP, FOLDER, fired(given)])

    assert Admin(adopted.fake_infisical.url).secrets(project_id(adopted), path="/apps/web") == {"DB_PASSWORD": IN_USE}


@pytest.mark.parametrize("refreshed", [False, True])
async def test_one_that_is_in_a_new_project_already_is_adopted_there(adopted: Stack, refreshed: bool) -> None:
    """As after a rotation of ENCRYPTION_KEY, which carries every value over to an empty server."""
    admin = Admin(adopted.fake_infisical.url)
    admin.delete(f"/api/v1/projects/{project_id(adopted)}")
    made = admin.post("/api/v1/projects", projectName="homelab", slug="homelab", type="secret-manager")["project"]
    admin.post("/api/v4/secrets/DB_PASSWORD", **at(made["id"]), secretValue=IN_USE)

    if refreshed:
        await adopted.refresh()
    await adopted.up([*SETUP, held()])

    assert project_id(adopted) == made["id"]
    assert admin.secrets(made["id"]) == {"DB_PASSWORD": IN_USE}
