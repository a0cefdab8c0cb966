"""A secret is seeded once, and then its value belongs to Infisical; only a rotation sets it again."""

from __future__ import annotations

import pytest

from infisical.api.errors import Blocked
from sandbox.infisical.fake import FakeInfisical
from tests.infisical.admin import Admin, at
from tests.infisical.programs import SETUP, secret
from tests.infisical.stack import CheckFailed, Declared, Stack
from tests.infisical.transports import Meanwhile
from tooling.plugin.properties import Secret


def project_id(stack: Stack) -> str:
    found: str = stack.outputs("project")["projectId"]
    return found


def values(stack: Stack) -> dict[str, str]:
    return Admin(stack.fake_infisical.url).secrets(project_id(stack))


def writes(fake_infisical: FakeInfisical) -> list[str]:
    return [it["method"] for it in fake_infisical.requests() if "/secrets/" in it["path"] and it["method"] != "GET"]


async def test_a_missing_secret_is_seeded(stack: Stack) -> None:
    await stack.up([*SETUP, secret()])

    assert values(stack) == {"DB_PASSWORD": "seeded-value"}
    outputs = stack.outputs("db_password")
    assert (outputs["origin"], outputs["inSync"], outputs["secretVersion"]) == ("seeded", True, 1)
    assert stack.records["db_password"].id == f"{project_id(stack)}/prod/DB_PASSWORD"


async def test_the_value_is_in_no_output_and_its_fingerprint_is_secret(stack: Stack) -> None:
    await stack.up([*SETUP, secret()])

    assert "seeded-value" not in str(stack.outputs("db_password"))
    assert stack.secret_outputs("db_password") == {"fingerprint"}
    assert isinstance(stack.records["db_password"].inputs["value"], Secret)


async def test_an_existing_secret_is_adopted_unchanged(fake_infisical: FakeInfisical, stack: Stack) -> None:
    await stack.up(SETUP)
    Admin(fake_infisical.url).post("/api/v4/secrets/DB_PASSWORD", **at(project_id(stack)), secretValue="by hand")
    before = len(writes(fake_infisical))

    await stack.up([*SETUP, secret()])

    assert values(stack) == {"DB_PASSWORD": "by hand"}
    outputs = stack.outputs("db_password")
    assert (outputs["origin"], outputs["inSync"]) == ("adopted", False)
    assert len(writes(fake_infisical)) == before


async def test_a_new_declared_value_alone_changes_nothing(fake_infisical: FakeInfisical, stack: Stack) -> None:
    await stack.up([*SETUP, secret(trigger="1")])

    await stack.up([*SETUP, secret(value="new-value", trigger="1")])

    assert stack.steps == []
    assert values(stack) == {"DB_PASSWORD": "seeded-value"}


async def test_a_new_trigger_sets_the_declared_value(stack: Stack) -> None:
    await stack.up([*SETUP, secret(trigger="1")])

    await stack.up([*SETUP, secret(value="new-value", trigger="2")])

    assert values(stack) == {"DB_PASSWORD": "new-value"}
    outputs = stack.outputs("db_password")
    assert (outputs["origin"], outputs["inSync"], outputs["secretVersion"]) == ("rotated", True, 2)


async def test_a_rotation_to_the_current_value_writes_nothing(fake_infisical: FakeInfisical, stack: Stack) -> None:
    await stack.up([*SETUP, secret(value="same\n", trigger="1")])

    await stack.up([*SETUP, secret(value="  same\n\n", trigger="2")])

    assert stack.steps == [("update", "db_password")]
    assert writes(fake_infisical) == ["POST"]


async def test_a_change_by_hand_is_reported_by_a_refresh_and_not_overwritten(
    fake_infisical: FakeInfisical, stack: Stack
) -> None:
    await stack.up([*SETUP, secret(trigger="1")])
    fingerprint = stack.outputs("db_password")["fingerprint"]
    Admin(fake_infisical.url).set_secret(project_id(stack), "DB_PASSWORD", "changed by hand")

    await stack.up([*SETUP, secret(trigger="1")])
    assert stack.steps == []
    await stack.refresh()
    assert stack.steps == [("refresh", "db_password")]
    assert stack.log.warnings == [
        "Secret DB_PASSWORD at / in prod was changed in Infisical: its value differs from the declared one. "
        "Infisical's value is kept; to set the declared value, change `trigger`."
    ]
    assert stack.outputs("db_password")["inSync"] is False
    assert stack.outputs("db_password")["fingerprint"] != fingerprint
    await stack.up([*SETUP, secret(trigger="1")])

    assert stack.steps == []
    assert values(stack) == {"DB_PASSWORD": "changed by hand"}


@pytest.mark.parametrize(
    ("inputs", "advice"),
    [
        ({"rotateWith": "make rotate"}, "; to replace it, run `make rotate`, then `pulumi up`."),
        ({"onNewValue": "hold"}, "."),
        ({"onNewValue": "refuse"}, "."),
    ],
    ids=["by a command", "immutable, generated", "immutable, declared"],
)
async def test_the_warning_about_a_change_by_hand_says_what_replaces_it(
    fake_infisical: FakeInfisical, stack: Stack, inputs: dict[str, str], advice: str
) -> None:
    await stack.up([*SETUP, secret(**inputs)])
    Admin(fake_infisical.url).set_secret(project_id(stack), "DB_PASSWORD", "changed by hand")

    await stack.refresh()

    (warning,) = stack.log.warnings
    assert warning.endswith(f"Infisical's value is kept{advice}")


async def test_without_a_change_a_refresh_reports_nothing(stack: Stack) -> None:
    await stack.up([*SETUP, secret()])

    await stack.refresh()

    assert stack.steps == []


async def test_a_secret_deleted_by_hand_is_seeded_again(fake_infisical: FakeInfisical, stack: Stack) -> None:
    await stack.up([*SETUP, secret()])
    Admin(fake_infisical.url).delete("/api/v4/secrets/DB_PASSWORD", **at(project_id(stack)))
    await stack.preview([*SETUP, secret()])
    assert stack.steps == [("update", "db_password")]

    await stack.up([*SETUP, secret()])

    assert stack.steps == [("update", "db_password")]
    assert values(stack) == {"DB_PASSWORD": "seeded-value"}


async def test_deleting_the_resource_keeps_the_secret(stack: Stack) -> None:
    await stack.up([*SETUP, secret()])
    await stack.up(SETUP)

    assert values(stack) == {"DB_PASSWORD": "seeded-value"}


async def test_deleting_the_resource_deletes_the_secret_on_request(stack: Stack) -> None:
    await stack.up([*SETUP, secret()])
    await stack.up([*SETUP, secret(deleteWithResource=True)])
    assert stack.steps == [("update", "db_password")]

    await stack.up(SETUP)

    assert values(stack) == {}


async def test_fifteen_secrets_are_listed_once(fake_infisical: FakeInfisical, stack: Stack) -> None:
    program = [*SETUP, *(secret(f"KEY_{number}", f"value-{number}") for number in range(15))]
    await stack.up(program)
    reads = [
        it for it in fake_infisical.requests() if it["path"].startswith("/api/v4/secrets") and it["method"] == "GET"
    ]
    assert len(reads) == 1
    before = len(fake_infisical.requests())

    await stack.up(program)

    again = [it["path"] for it in fake_infisical.requests()[before:]]
    assert again.count("/api/v4/secrets") == 1
    assert again.count("/api/v3/auth/login") == 1


async def test_a_preview_without_a_change_sends_no_request_for_a_further_secret(
    fake_infisical: FakeInfisical, stack: Stack
) -> None:
    sent = []
    for count in (2, 12):
        program = [*SETUP, *(secret(f"KEY_{number}", f"value-{number}") for number in range(count))]
        await stack.up(program)
        before = len(fake_infisical.requests())
        await stack.preview(program)
        sent.append([it["path"] for it in fake_infisical.requests()[before:]])

    few, many = sent
    assert few == many


async def test_a_secret_that_is_created_at_the_same_time_is_adopted(
    fake_infisical: FakeInfisical, stack: Stack
) -> None:
    await stack.up(SETUP)
    path, admin = "/api/v4/secrets/DB_PASSWORD", Admin(fake_infisical.url)
    by_hand = Meanwhile("POST", path, lambda: admin.post(path, **at(project_id(stack)), secretValue="by hand"))

    await stack.up([*SETUP, secret()], by_hand)

    assert values(stack) == {"DB_PASSWORD": "by hand"}
    assert stack.outputs("db_password")["origin"] == "adopted"


async def test_a_missing_folder_is_named(stack: Stack) -> None:
    with pytest.raises(Blocked) as raised:
        await stack.up([*SETUP, secret(path="/apps/web")])

    assert (
        "Cannot seed secret DB_PASSWORD: folder /apps/web in prod does not exist (Folder with path '/apps/web'"
        in str(raised.value)
    )
    assert "Declare it with `infisical.Folder`" in str(raised.value)


@pytest.mark.parametrize("by", ["id", "slug"])
async def test_a_secret_is_imported_by_its_location(fake_infisical: FakeInfisical, stack: Stack, by: str) -> None:
    await stack.up(SETUP)
    Admin(fake_infisical.url).post("/api/v4/secrets/DB_PASSWORD", **at(project_id(stack)), secretValue="by hand")
    where = f"{project_id(stack) if by == 'id' else 'homelab'}/prod/DB_PASSWORD"
    declared = secret(trigger="1")

    await stack.up([*SETUP, Declared("Secret", declared.name, declared.inputs, imports=where)])
    assert stack.steps == [("import", "db_password")]
    await stack.up([*SETUP, declared])
    assert stack.steps == []
    assert values(stack) == {"DB_PASSWORD": "by hand"}
    await stack.up([*SETUP, secret(trigger="2")])

    assert values(stack) == {"DB_PASSWORD": "seeded-value"}


@pytest.mark.parametrize("name", ["a/b", "a:b", " a", ""])
async def test_the_name_is_checked(stack: Stack, name: str) -> None:
    with pytest.raises(CheckFailed, match=r"name: expected 1 to 100 characters without ':', '/'"):
        await stack.preview([secret(name)])


async def test_an_invalid_value_is_not_shown(stack: Stack) -> None:
    inputs = {"projectId": "p", "environment": "prod", "name": "KEY", "value": ["not", "a", "string"]}

    with pytest.raises(CheckFailed) as raised:
        await stack.preview([Declared("Secret", "key", inputs)])

    assert str(raised.value) == "value: expected a string"
