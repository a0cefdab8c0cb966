"""
Values that the operator may not read: a reference to, or an import from, a place outside its identity's folders.

The preview and the update name the secret, the reference and its place. No text that may be a part of a value is shown.
"""

from __future__ import annotations

from typing import Any

import pytest

from infisical.delivery.report import NotDelivered
from tests.infisical.admin import Admin, at
from tests.infisical.deliveries import HELD, KEYS, program
from tests.infisical.fake_cluster import FakeOperator
from tests.infisical.stack import Stack

READABLE = ["/"]
FIX = "Fix: move that secret to a folder that the app's store reads, or remove the reference"


class Owner:
    """The owner of the Infisical, who changes it after the first delivery."""

    def __init__(self, stack: Stack) -> None:
        self.admin = Admin(stack.fake_infisical.url)
        self.project_id: str = stack.outputs("project")["projectId"]

    def environment(self, slug: str) -> None:
        self.admin.post(f"/api/v1/projects/{self.project_id}/environments", name=slug, slug=slug)

    def folder(self, name: str, environment: str = "prod") -> None:
        place = {"projectId": self.project_id, "environment": environment, "path": "/", "name": name}
        self.admin.post("/api/v2/folders", **place)

    def add(self, name: str, value: str, environment: str = "prod", path: str = "/") -> None:
        self.admin.post(f"/api/v4/secrets/{name}", **at(self.project_id, environment, path), secretValue=value)

    def set(self, name: str, value: str) -> None:
        self.admin.set_secret(self.project_id, name, value)

    def imports(self, environment: str, path: str) -> None:
        place = {"projectId": self.project_id, "environment": "prod", "path": "/"}
        self.admin.post("/api/v2/secret-imports", **place, **{"import": {"environment": environment, "path": path}})


def declared(**inputs: Any) -> Any:
    return program(readablePaths=READABLE, **inputs)


@pytest.fixture
async def owner(operator: FakeOperator, stack: Stack) -> Owner:
    """A delivered app, an environment `dev` that the operator may not read, and an operator that now fails."""
    await stack.up(declared())
    owner = Owner(stack)
    owner.environment("dev")
    owner.add("HIDDEN", "hidden-value", "dev")
    operator.fails = True
    operator.act(operator.external_secret["metadata"]["name"])
    return owner


REFERENCE = "The value of TOKEN (/ in prod) refers to HIDDEN (/ in dev), which the operator's identity may not read"


async def test_a_preview_names_the_secret_the_reference_and_its_place(owner: Owner, stack: Stack) -> None:
    owner.set("TOKEN", "${dev.HIDDEN}")

    await stack.preview(declared())

    assert [it for it in stack.log.warnings if "HIDDEN" in it] == [f"monitoring/grafana-secret: {REFERENCE}. {FIX}."]


async def test_a_preview_of_a_new_app_names_them_too(owner: Owner, stack: Stack) -> None:
    owner.set("TOKEN", "${dev.HIDDEN}")
    del stack.records["delivery"]

    await stack.preview(declared())

    assert [it for it in stack.log.warnings if REFERENCE in it]


async def test_an_update_fails_with_the_reason_and_without_waiting(owner: Owner, stack: Stack) -> None:
    owner.set("TOKEN", "${dev.HIDDEN}")

    with pytest.raises(NotDelivered) as raised:
        await stack.up(declared())

    assert f"  - oauth_client_token: {REFERENCE}. {FIX}" in str(raised.value)
    assert sum(stack.clock.slept) < 10


async def test_a_reference_is_followed_through_other_secrets(owner: Owner, stack: Stack) -> None:
    owner.add("BETWEEN", "${dev.HIDDEN}")
    owner.set("TOKEN", "x-${BETWEEN}")

    with pytest.raises(NotDelivered, match=r"TOKEN \(/ in prod\) refers to HIDDEN \(/ in dev\)"):
        await stack.up(declared())


async def test_a_reference_to_no_existing_folder_is_not_shown(owner: Owner, stack: Stack) -> None:
    """It may be a part of a password."""
    owner.set("TOKEN", "pass${part.of.password}word")

    with pytest.raises(NotDelivered) as raised:
        await stack.up(declared())

    message = str(raised.value) + "".join(stack.log.warnings)
    assert (
        "refers to a secret in a folder that does not exist, and that the operator's identity may not read" in message
    )
    assert "part.of" not in message


async def test_an_import_from_a_place_that_the_operator_may_not_read(owner: Owner, stack: Stack) -> None:
    owner.imports("dev", "/")
    keys = {**KEYS, "imported": "/HIDDEN"}

    with pytest.raises(NotDelivered) as raised:
        await stack.up(declared(keys=keys))

    expected = "imported: HIDDEN is imported to / in prod from / in dev, which the operator's identity may not read"
    assert expected in str(raised.value)


async def test_a_reference_that_the_operator_may_read_is_no_problem(
    owner: Owner, operator: FakeOperator, stack: Stack
) -> None:
    owner.folder("apps")
    owner.add("NEAR", "near-value", path="/apps")
    owner.set("TOKEN", "${prod.apps.NEAR}")
    operator.fails, operator.values = False, {**HELD, "oauth_client_token": "near-value"}

    await stack.up(declared())

    assert stack.outputs("delivery")["delivered"] is True
    assert stack.log.warnings == []


async def test_an_identity_that_reads_the_whole_project_may_read_every_reference(
    owner: Owner, operator: FakeOperator, stack: Stack
) -> None:
    owner.set("TOKEN", "${dev.HIDDEN}")
    operator.fails, operator.values = False, {**HELD, "oauth_client_token": "hidden-value"}
    del stack.records["delivery"]

    await stack.up(program(readablePaths=[]))

    assert stack.outputs("delivery")["delivered"] is True
    assert stack.log.warnings == []
