"""Two stacks share one Infisical: neither overwrites what the other owns."""

from __future__ import annotations

import pytest

from infisical.api.errors import Blocked
from sandbox.infisical.fake import FakeInfisical
from tests.infisical.admin import Admin, at
from tests.infisical.programs import FOLDER, INSTANCE, PROJECT, SETUP, client_secret, identity, secret
from tests.infisical.stack import Declared, Program, Stack

OLD, NEW = "value-of-the-owner", "value-of-the-other-stack"
BOTH_ENVIRONMENTS = Declared("Project", "project", {"slug": "homelab", "environments": {"staging": "staging"}})


@pytest.fixture
def owner(stack: Stack) -> Stack:
    stack.name = "prod"
    return stack


@pytest.fixture
def other(fake_infisical: FakeInfisical) -> Stack:
    other = Stack(fake_infisical)
    other.name = "staging"
    return other


def _value(stack: Stack) -> str:
    return Admin(stack.fake_infisical.url).secrets(stack.outputs("project")["projectId"])["DB_PASSWORD"]


async def _refusal(stack: Stack, program: Program) -> str:
    """What stops the preview and the update alike."""
    messages = []
    for work in (stack.preview, stack.up):
        with pytest.raises(Blocked) as raised:
            await work(program)
        messages.append(str(raised.value))
    assert messages[0] == messages[1]
    return messages[0]


@pytest.mark.parametrize("adopt", [False, True], ids=["not adopted", "adopted"])
async def test_an_identity_of_another_stack_is_never_taken_over(owner: Stack, other: Stack, adopt: bool) -> None:
    await owner.up([*SETUP, identity(), client_secret(trigger="1")])
    made = owner.outputs("identity")["identityId"]

    refusal = await _refusal(other, [*SETUP, identity(adopt=adopt, environment="prod")])

    assert "owner: the stack homelab/prod" in refusal
    assert "`adopt: true`" not in refusal
    await owner.up([*SETUP, identity(), client_secret(trigger="1")])
    assert owner.steps == []
    assert Admin(owner.fake_infisical.url).identities("homelab-eso") == [made]


async def test_each_stack_has_its_environment_and_its_identity_in_one_project(owner: Stack, other: Stack) -> None:
    await owner.up([*SETUP, identity(), client_secret(trigger="1"), secret(value=OLD)])
    reader = identity(name="staging-eso", environment="staging")
    staging = secret(value=NEW, environment="staging")

    await other.up([INSTANCE, BOTH_ENVIRONMENTS, reader, client_secret(trigger="1"), staging])

    admin, project = Admin(owner.fake_infisical.url), owner.outputs("project")["projectId"]
    assert other.outputs("project")["projectId"] == project
    assert admin.secrets(project) == {"DB_PASSWORD": OLD}
    assert admin.secrets(project, "staging") == {"DB_PASSWORD": NEW}


async def test_the_preview_and_the_update_say_which_stack_owns_the_project_and_a_folder(
    owner: Stack, other: Stack
) -> None:
    await owner.up([*SETUP, FOLDER])

    await other.preview([*SETUP, FOLDER])
    await other.up([*SETUP, FOLDER])

    assert len(other.log.infos) == 4
    assert all("It belongs to the stack homelab/prod." in message for message in other.log.infos)


async def test_a_destroyed_stack_releases_what_another_one_owns(owner: Stack, other: Stack) -> None:
    program = [*SETUP, FOLDER, secret(value=OLD)]
    await owner.up(program)
    await other.up(program)

    await other.up([INSTANCE])
    await owner.up(program)

    assert owner.steps == []
    assert _value(owner) == OLD


async def test_a_value_of_another_stack_is_used_and_said_to_be_so(owner: Stack, other: Stack) -> None:
    """Two clusters read one environment."""
    await owner.up([*SETUP, secret(value=OLD)])
    program = [INSTANCE, PROJECT, secret(value=NEW)]

    await other.up([INSTANCE, PROJECT])
    other.log.infos.clear()
    await other.preview(program)
    await other.up(program)

    notice = "DB_PASSWORD belongs to the stack homelab/prod: its value is used, and only that stack rotates it."
    assert other.log.infos == [notice, notice]
    assert _value(owner) == OLD


@pytest.mark.parametrize("change", [{"trigger": "2026-11"}, {"onNewValue": "set", "value": "a-later-value"}])
async def test_only_the_owner_rotates_a_value(owner: Stack, other: Stack, change: dict[str, str]) -> None:
    first = {"value": NEW, "trigger": "", "onNewValue": change.get("onNewValue", "keep")}
    await owner.up([*SETUP, secret(value=OLD, trigger="")])
    await other.up([*SETUP, secret(**first)])

    refusal = await _refusal(other, [*SETUP, secret(**first | change)])

    assert refusal.startswith("DB_PASSWORD was not rotated: it belongs to the stack homelab/prod")
    assert _value(owner) == OLD
    await owner.up([*SETUP, secret(value="rotated", trigger="2026-11")])
    await owner.up([*SETUP, secret(value="again", trigger="2026-12")])
    assert _value(owner) == "again"


async def test_a_value_without_an_owner_can_be_rotated_by_any_stack(owner: Stack, other: Stack) -> None:
    """Such as one that somebody added in the UI, or whose owner is gone."""
    await owner.up([*SETUP, secret(value=OLD, trigger="")])
    await other.up([*SETUP, secret(value=NEW, trigger="")])
    project = owner.outputs("project")["projectId"]
    Admin(owner.fake_infisical.url).patch("/api/v4/secrets/DB_PASSWORD", **at(project), secretMetadata=[])

    await other.up([*SETUP, secret(value=NEW, trigger="2026-11")])

    assert _value(owner) == NEW


async def test_a_renamed_stack_keeps_and_rotates_what_its_state_knows(owner: Stack) -> None:
    def program(value: str, trigger: str) -> Program:
        return [*SETUP, FOLDER, identity(), client_secret(trigger="1"), secret(value=value, trigger=trigger)]

    await owner.up(program(OLD, ""))
    owner.name = "renamed"

    await owner.up(program(OLD, ""))
    assert owner.steps == []
    await owner.up(program(NEW, "2026-11"))

    assert owner.steps == [("update", "db_password")]
    assert _value(owner) == NEW
