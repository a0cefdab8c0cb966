"""A rotation sets the declared value, after the change command has run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from infisical.api.errors import Blocked
from infisical.properties import UNKNOWN
from sandbox.infisical.fake import FakeInfisical
from tests.infisical.admin import Admin, at
from tests.infisical.programs import SETUP, secret
from tests.infisical.stack import CheckFailed, Stack

OLD, NEW = "old-value-of-the-secret", "new-value-of-the-secret"


def value(stack: Stack) -> str:
    return Admin(stack.fake_infisical.url).secrets(stack.outputs("project")["projectId"])["DB_PASSWORD"]


async def test_the_first_trigger_rotates_a_secret_that_was_seeded_without_one(stack: Stack) -> None:
    await stack.up([*SETUP, secret(value=OLD, trigger="")])
    assert stack.outputs("db_password")["deliveryTrigger"] == ""

    await stack.up([*SETUP, secret(value=NEW, trigger="2026-11")])

    assert value(stack) == NEW
    made = stack.outputs("db_password")
    assert made["deliveryTrigger"] == f"2 of {made['secretId']}"


async def test_a_removed_trigger_changes_nothing(stack: Stack) -> None:
    await stack.up([*SETUP, secret(value=OLD, trigger="2026-11")])

    await stack.up([*SETUP, secret(value=OLD, trigger="")])
    assert stack.steps == []
    await stack.refresh()

    assert stack.steps == []
    assert value(stack) == OLD


async def test_a_preview_announces_the_rotation_with_unknown_outputs(stack: Stack) -> None:
    await stack.up([*SETUP, secret(value=OLD, trigger="")])

    foreseen = await stack.preview([*SETUP, secret(value=NEW, trigger="2026-11", changeCommand="exit 1")])

    assert stack.steps == [("update", "db_password")]
    assert foreseen["db_password"]["deliveryTrigger"] is UNKNOWN
    assert stack.log.infos == ["DB_PASSWORD gets a new value, after its change command has run"]
    assert value(stack) == OLD


@pytest.mark.parametrize(("on_new_value", "held"), [("keep", OLD), ("set", NEW)])
async def test_a_new_value_is_ignored_or_set_as_declared(stack: Stack, on_new_value: str, held: str) -> None:
    await stack.up([*SETUP, secret(value=OLD, trigger="", onNewValue=on_new_value)])

    await stack.up([*SETUP, secret(value=NEW, trigger="", onNewValue=on_new_value)])

    assert value(stack) == held


async def test_a_change_in_infisical_is_kept_while_the_declared_value_is_unchanged(stack: Stack) -> None:
    program = [*SETUP, secret(value=OLD, trigger="", onNewValue="set")]
    await stack.up(program)
    Admin(stack.fake_infisical.url).set_secret(stack.outputs("project")["projectId"], "DB_PASSWORD", "by hand")

    await stack.up(program)

    assert stack.steps == []
    assert value(stack) == "by hand"


async def test_a_new_value_of_an_immutable_secret_is_refused_in_the_preview(stack: Stack) -> None:
    program = [*SETUP, secret(value=OLD, trigger="", onNewValue="refuse")]
    await stack.up(program)
    await stack.up(program)
    assert stack.steps == []

    with pytest.raises(Blocked) as raised:
        await stack.preview([*SETUP, secret(value=NEW, trigger="", onNewValue="refuse")])

    assert "DB_PASSWORD is immutable, and its value in the stack config differs from the one in use" in str(
        raised.value
    )
    assert NEW not in str(raised.value)
    assert value(stack) == OLD


@pytest.mark.parametrize("on_new_value", ["refuse", "hold"])
async def test_a_deleted_immutable_secret_is_not_seeded_with_a_different_value(stack: Stack, on_new_value: str) -> None:
    await stack.up([*SETUP, secret(value=OLD, onNewValue=on_new_value)])
    project_id = stack.outputs("project")["projectId"]
    Admin(stack.fake_infisical.url).delete("/api/v4/secrets/DB_PASSWORD", **at(project_id))

    with pytest.raises(Blocked) as raised:
        await stack.up([*SETUP, secret(value=NEW, onNewValue="hold")])

    assert "DB_PASSWORD is immutable and was deleted in Infisical (/ in prod)" in str(raised.value)
    assert NEW not in str(raised.value)
    assert Admin(stack.fake_infisical.url).secrets(project_id) == {}
    await stack.up([*SETUP, secret(value=OLD, onNewValue=on_new_value)])
    assert value(stack) == OLD


async def test_a_rotation_to_an_unchanged_declared_value_is_refused_in_the_preview(stack: Stack) -> None:
    await stack.up([*SETUP, secret(value=OLD, trigger="", onNewValue="set")])

    with pytest.raises(Blocked, match="in the stack config is unchanged"):
        await stack.preview([*SETUP, secret(value=OLD, trigger="2026-11", onNewValue="set")])


async def test_a_trigger_sets_the_declared_value_if_infisical_has_a_different_one(stack: Stack) -> None:
    """This is what the warning recommends."""
    await stack.up([*SETUP, secret(value=OLD, trigger="", onNewValue="set")])
    Admin(stack.fake_infisical.url).set_secret(stack.outputs("project")["projectId"], "DB_PASSWORD", "by hand")
    await stack.refresh()
    assert "to set the declared value, change `trigger`" in stack.log.warnings[-1]

    await stack.up([*SETUP, secret(value=OLD, trigger="2026-11", onNewValue="set")])

    assert value(stack) == OLD


@pytest.mark.parametrize("seeded_before", [True, False], ids=["seeded again", "seeded by the rotation"])
async def test_a_rotation_after_a_deletion_changes_the_delivery_trigger(stack: Stack, seeded_before: bool) -> None:
    """Otherwise nothing would be restarted: Infisical counts the versions of a recreated secret from 1."""
    await stack.up([*SETUP, secret(value=OLD, trigger="")])
    await stack.up([*SETUP, secret(value=NEW, trigger="2026-11")])
    first = stack.outputs("db_password")["deliveryTrigger"]
    project = stack.outputs("project")["projectId"]
    Admin(stack.fake_infisical.url).delete("/api/v4/secrets/DB_PASSWORD", **at(project))
    if seeded_before:
        await stack.up([*SETUP, secret(value=NEW, trigger="2026-11")])
        assert stack.outputs("db_password")["deliveryTrigger"] == first

    await stack.up([*SETUP, secret(value="third-value-of-the-secret", trigger="2026-12")])

    assert stack.outputs("db_password")["deliveryTrigger"] != first


async def test_a_declared_value_that_differs_from_the_existing_one_is_a_warning(
    fake_infisical: FakeInfisical, stack: Stack
) -> None:
    await stack.up([*SETUP, secret(value=OLD)])
    del stack.records["db_password"]

    await stack.up([*SETUP, secret(value=NEW, onNewValue="set")])

    assert value(stack) == OLD
    (warning,) = stack.log.warnings
    assert "already exists at / in prod, and its value differs from the declared one" in warning


async def test_on_new_value_is_checked(stack: Stack) -> None:
    with pytest.raises(CheckFailed, match="expected keep, set, refuse or hold"):
        await stack.preview([*SETUP, secret(onNewValue="follow")])


async def test_the_change_command_runs_first_with_both_values_in_its_environment(stack: Stack, tmp_path: Path) -> None:
    noted = tmp_path / "noted"
    await stack.up([*SETUP, secret(value=OLD, trigger="", changeCommand=f"touch {noted}")])
    assert not noted.exists()

    command = f'printf "%s " "$OLD_VALUE" "$NEW_VALUE" >> {noted}'
    await stack.up([*SETUP, secret(value=NEW, trigger="2026-11", changeCommand=command)])

    assert noted.read_text().split() == [OLD, NEW]
    assert value(stack) == NEW


async def test_a_change_command_that_takes_too_long_is_killed_and_names_the_limit(stack: Stack) -> None:
    slow: dict[str, Any] = {"changeCommand": "sleep 600", "commandSeconds": 1.0}
    await stack.up([*SETUP, secret(value=OLD, trigger="", **slow)])

    with pytest.raises(Blocked) as raised:
        await stack.up([*SETUP, secret(value=NEW, trigger="2026-11", **slow)])

    assert "timed out after 1 s; Infisical still has the old value." in str(raised.value)
    assert "raise `homelab:infisical.commandSeconds`" in str(raised.value)


async def test_a_failed_change_command_changes_nothing_and_runs_again_with_the_same_value(
    stack: Stack, tmp_path: Path
) -> None:
    await stack.up([*SETUP, secret(value=OLD, trigger="")])
    command = f'echo "ERROR: {"x" * 20} $OLD_VALUE to $NEW_VALUE"; test -e {tmp_path}/up'
    rotation = [*SETUP, secret(value=NEW, trigger="2026-11", changeCommand=command)]

    with pytest.raises(Blocked) as raised:
        await stack.up(rotation)

    message = str(raised.value)
    assert "The change command of DB_PASSWORD at / in prod failed with exit code 1" in message
    assert f"ERROR: {'x' * 20} [hidden] to [hidden]" in message
    assert OLD not in message
    assert NEW not in message
    assert value(stack) == OLD
    (tmp_path / "up").touch()
    await stack.up(rotation)
    assert value(stack) == NEW


async def test_a_rotation_that_cannot_be_delivered_is_refused(stack: Stack, tmp_path: Path) -> None:
    """The operator syncs an app's keys together: the database would have the new value, and the app the old one."""
    await stack.up([*SETUP, secret(value=OLD, trigger="")])
    others = {"/WEBHOOK": "run `pulumi config set WEBHOOK`", "/BY_HAND": "", "/none/ELSEWHERE": "", "/DB_PASSWORD": ""}
    rotated: dict[str, Any] = {
        "value": NEW,
        "trigger": "2026-11",
        "changeCommand": f"touch {tmp_path}/ran",
        "deliveredWith": others,
    }
    rotation = [*SETUP, secret(**rotated)]

    for attempt in (stack.preview, stack.up):
        with pytest.raises(Blocked) as raised:
            await attempt(rotation)
        assert str(raised.value).splitlines()[1:] == [
            "  - BY_HAND: add BY_HAND with a value to / in prod in Infisical",
            "  - WEBHOOK: run `pulumi config set WEBHOOK`",
            "  - ELSEWHERE: add ELSEWHERE with a value to /none in prod in Infisical",
            "Nothing was changed. Add them, then run `pulumi up`.",
        ]
        assert "DB_PASSWORD was not rotated" in str(raised.value)
    assert not (tmp_path / "ran").exists()
    assert value(stack) == OLD


async def test_a_rotation_proceeds_once_all_keys_of_the_app_exist(stack: Stack) -> None:
    others: dict[str, Any] = {"deliveredWith": {"/BY_HAND": ""}}
    await stack.up([*SETUP, secret(value=OLD, trigger="", **others)])
    there = at(stack.outputs("project")["projectId"])
    Admin(stack.fake_infisical.url).post("/api/v4/secrets/BY_HAND", **there, secretValue="set by hand")

    await stack.up([*SETUP, secret(value=NEW, trigger="2026-11", **others)])

    assert value(stack) == NEW


async def test_delivered_with_matters_only_to_a_rotation(stack: Stack) -> None:
    others: dict[str, Any] = {"deliveredWith": {"/BY_HAND": ""}}

    await stack.up([*SETUP, secret(value=OLD, trigger="2026-11", **others)])
    await stack.up([*SETUP, secret(value=OLD, trigger="2026-11")])

    assert stack.steps == []
    assert value(stack) == OLD


@pytest.mark.parametrize("address", ["WEBHOOK", "/folder/", "//WEBHOOK", "/fol der/WEBHOOK"])
async def test_the_addresses_of_delivered_with_are_checked(stack: Stack, address: str) -> None:
    with pytest.raises(CheckFailed, match=r"expected .* each as '/NAME' or '/folder/NAME'"):
        await stack.preview([*SETUP, secret(deliveredWith={address: ""})])


async def test_a_rotation_that_was_interrupted_after_its_write_is_not_repeated(stack: Stack, tmp_path: Path) -> None:
    await stack.up([*SETUP, secret(value=OLD, trigger="")])
    Admin(stack.fake_infisical.url).set_secret(stack.outputs("project")["projectId"], "DB_PASSWORD", NEW)

    await stack.up([*SETUP, secret(value=NEW, trigger="2026-11", changeCommand=f"touch {tmp_path}/again")])

    assert not (tmp_path / "again").exists()
    made = stack.outputs("db_password")
    assert made["secretVersion"] == 2
    assert made["deliveryTrigger"] == f"2 of {made['secretId']}"


async def test_the_date_of_a_value_is_kept_until_the_value_changes(stack: Stack) -> None:
    await stack.up([*SETUP, secret(value=OLD, trigger="")])
    day = stack.outputs("db_password")["changedOn"]

    stack.fake_infisical.advance(40 * 86400)
    await stack.refresh()
    assert stack.outputs("db_password")["changedOn"] == day
    await stack.up([*SETUP, secret(value=NEW, trigger="2026-11")])

    assert stack.outputs("db_password")["changedOn"] > day


async def test_a_trigger_that_is_removed_and_restored_does_not_rotate(stack: Stack) -> None:
    """Otherwise the previous value would overwrite a change in Infisical."""
    await stack.up([*SETUP, secret(value=OLD, trigger="")])
    await stack.up([*SETUP, secret(value=NEW, trigger="2026-11")])
    await stack.up([*SETUP, secret(value=NEW, trigger="")])
    Admin(stack.fake_infisical.url).set_secret(stack.outputs("project")["projectId"], "DB_PASSWORD", "by hand")

    await stack.up([*SETUP, secret(value=NEW, trigger="2026-11")])

    assert stack.steps == []
    assert value(stack) == "by hand"
    await stack.up([*SETUP, secret(value=NEW, trigger="2026-12")])
    assert value(stack) == NEW
