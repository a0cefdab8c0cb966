"""A project and folders that exist are adopted with their values, shown in the preview, and never deleted."""

from __future__ import annotations

from infisical.properties import UNKNOWN
from sandbox.infisical.fake import FakeInfisical
from tests.infisical.admin import Admin, at
from tests.infisical.programs import FOLDER, INSTANCE, SETUP, whole
from tests.infisical.stack import EMAIL, Declared, Stack
from tests.infisical.transports import Killed, Mortal

PROGRAM = [*SETUP, FOLDER]


def project_by_hand(admin: Admin) -> str:
    """The ID of a project with the folder /apps/web, which holds KEEP."""
    made: str = admin.post("/api/v1/projects", projectName="By hand", slug="homelab")["project"]["id"]
    admin.post("/api/v2/folders", projectId=made, environment="prod", path="/apps", name="web")
    admin.post("/api/v4/secrets/KEEP", **at(made, path="/apps/web"), secretValue="kept")
    return made


async def test_the_preview_names_the_project_its_environments_and_each_folder(stack: Stack) -> None:
    await stack.up([INSTANCE])
    made = project_by_hand(Admin(stack.fake_infisical.url))
    project = Declared("Project", "project", {"slug": "homelab", "environments": {"prod": "P", "test": "T"}})

    outputs = await stack.preview([INSTANCE, project, FOLDER])

    assert outputs["project"]["projectId"] == made
    assert stack.log.infos == [
        "Project 'homelab' exists in Infisical and is adopted: its environment 'prod' is adopted, environment "
        "'test' is added. Values, members and settings stay as they are.",
        "Folder /apps/web in prod exists in Infisical and is adopted: its values stay as they are.",
    ]


async def test_the_update_says_it_too_and_keeps_the_values(stack: Stack) -> None:
    await stack.up([INSTANCE])
    admin = Admin(stack.fake_infisical.url)
    made = project_by_hand(admin)

    await stack.up(PROGRAM)

    assert [text.split(" exists")[0] for text in stack.log.infos] == ["Project 'homelab'", "Folder /apps/web in prod"]
    assert admin.secrets(made, path="/apps/web") == {"KEEP": "kept"}
    assert (stack.outputs("project")["origin"], stack.outputs("folder")["origin"]) == ("adopted", "adopted")


async def test_nothing_is_said_about_what_this_stack_creates(stack: Stack) -> None:
    await stack.up([INSTANCE])

    await stack.preview(PROGRAM)
    await stack.up(PROGRAM)
    await stack.preview(PROGRAM)

    assert stack.log.infos == []
    assert (stack.outputs("project")["origin"], stack.outputs("folder")["origin"]) == ("created", "created")


async def test_adopted_objects_are_released_and_not_deleted(stack: Stack) -> None:
    await stack.up([INSTANCE])
    admin = Admin(stack.fake_infisical.url)
    made = project_by_hand(admin)
    admin.delete("/api/v4/secrets/KEEP", **at(made, path="/apps/web"))
    await stack.up(PROGRAM)

    await stack.up([INSTANCE])

    assert admin.get(f"/api/v1/projects/{made}")["project"]["slug"] == "homelab"
    assert [it["name"] for it in _folders(admin, made)] == ["web"]
    assert stack.log.infos[-2:] == [
        "Folder /apps/web in prod was adopted, so it is released and not deleted.",
        "Project 'homelab' was adopted, so it is released and not deleted.",
    ]


async def test_objects_of_a_killed_update_are_those_of_its_stack(fake_infisical: FakeInfisical) -> None:
    counting, counted = Mortal(), Stack(fake_infisical)
    await counted.up(PROGRAM, counting)

    for call in range(1, counting.calls + 1):
        fake_infisical.reset()
        stack = Stack(fake_infisical)
        try:
            await stack.up(PROGRAM, Mortal(dies_after=call))
        except Killed:
            await stack.up(PROGRAM)

        assert (stack.outputs("project")["origin"], stack.outputs("folder")["origin"]) == ("created", "created")


async def test_a_preview_that_cannot_see_infisical_says_so_once(fake_infisical: FakeInfisical) -> None:
    unknown = Stack(fake_infisical, email=EMAIL, password=UNKNOWN, organization="homelab")

    await unknown.preview(whole("homelab"))

    (info,) = unknown.log.infos
    assert info.startswith("The preview cannot show what exists in Infisical:")
    assert "It stops before it changes an existing identity." in info


async def test_a_preview_whose_login_is_refused_says_so(fake_infisical: FakeInfisical, stack: Stack) -> None:
    await stack.up([INSTANCE])
    other = Stack(fake_infisical, email=EMAIL, password="a-different-password", organization="homelab")

    await other.preview(PROGRAM)

    assert "it refused the login" in other.log.infos[0]


def _folders(admin: Admin, project_id: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = admin.get("/api/v2/folders", projectId=project_id, environment="prod", path="/apps")[
        "folders"
    ]
    return found
