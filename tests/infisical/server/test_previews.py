"""A preview shows what would happen, and writes nothing."""

from __future__ import annotations

from typing import Any

from infisical.properties import UNKNOWN
from sandbox.infisical.fake import FakeInfisical
from tests.infisical.admin import Admin, at
from tests.infisical.programs import FOLDER, INSTANCE, SETUP, client_secret, identity, secret, whole
from tests.infisical.stack import Declared, Stack

READING = {"/api/v3/auth/login", "/api/v3/auth/select-organization", "/api/v1/identities/search"}
"""POST requests that only read."""


def written(requests: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(it["method"], it["path"]) for it in requests if it["method"] != "GET" and it["path"] not in READING]


async def test_a_preview_of_an_empty_stack_asks_only_whether_the_server_is_set_up(
    fake_infisical: FakeInfisical, stack: Stack
) -> None:
    before = len(fake_infisical.requests())

    outputs = await stack.preview(whole("homelab"))

    (request,) = fake_infisical.requests()[before:]
    assert request["path"] == "/api/v1/admin/config"
    assert [step for step, _ in stack.steps] == ["create"] * 7
    assert outputs["identity"]["clientId"] is UNKNOWN
    assert outputs["db_password"]["secretId"] is UNKNOWN


async def test_a_preview_without_changes_writes_nothing_and_knows_all_outputs(
    fake_infisical: FakeInfisical, stack: Stack
) -> None:
    await stack.up(whole("homelab"))
    before = len(fake_infisical.requests())

    outputs = await stack.preview(whole("homelab"))

    assert stack.steps == []
    assert written(fake_infisical.requests()[before:]) == []
    assert outputs["credential"]["clientSecret"] == stack.outputs("credential")["clientSecret"]


async def test_a_preview_shows_every_kind_of_change_and_writes_nothing(
    fake_infisical: FakeInfisical, stack: Stack
) -> None:
    program = [*SETUP, FOLDER, identity(), client_secret(trigger="1"), secret(trigger="1"), secret("GONE")]
    await stack.up(program)
    Admin(fake_infisical.url).delete("/api/v4/secrets/GONE", **at(stack.outputs("project")["projectId"]))
    changed = [
        INSTANCE,
        Declared("Project", "project", {"slug": "homelab", "environments": {"prod": "P", "test": "T"}}),
        Declared("Folder", "folder", {**FOLDER.inputs, "path": "/apps/api"}),
        identity(paths=["/apps"]),
        client_secret(trigger="2"),
        secret(trigger="2"),
        secret("GONE"),
    ]
    before = len(fake_infisical.requests())

    outputs = await stack.preview(changed)

    assert written(fake_infisical.requests()[before:]) == []
    assert stack.steps == [
        ("update", "project"),
        ("replace", "folder"),
        ("update", "identity"),
        ("replace", "credential"),
        ("update", "db_password"),
        ("update", "gone"),
    ]
    assert outputs["project"]["projectId"] == stack.outputs("project")["projectId"]
    assert outputs["identity"]["clientId"] == stack.outputs("identity")["clientId"]
    assert outputs["credential"]["clientSecret"] is UNKNOWN


async def test_a_preview_succeeds_without_a_server(fake_infisical: FakeInfisical, stack: Stack) -> None:
    await stack.up(whole("homelab"))
    fake_infisical.stop()

    await stack.preview(whole("homelab"))

    assert stack.steps == []
    assert stack.log.warnings
    assert all("Drift check skipped." in warning for warning in stack.log.warnings)
    assert f"curl -sS {fake_infisical.url}/api/status" in stack.log.warnings[0]
    assert len(stack.log.warnings) == len(set(stack.log.warnings)) <= 2
