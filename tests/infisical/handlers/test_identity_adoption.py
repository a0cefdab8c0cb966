"""An existing identity with the same name is adopted if that is unambiguous and harmless."""

from __future__ import annotations

import pytest

from infisical.api.errors import Blocked
from sandbox.infisical.fake import FakeInfisical
from tests.infisical.admin import Admin
from tests.infisical.handlers.test_identity import machine, project_id, roles
from tests.infisical.programs import SETUP, client_secret, identity
from tests.infisical.stack import Declared, Stack


async def test_an_identity_with_the_same_name_is_adopted(fake_infisical: FakeInfisical, stack: Stack) -> None:
    await stack.up(SETUP)
    admin = Admin(fake_infisical.url)
    body = {"name": "homelab-eso", "organizationId": admin.organization_id, "role": "member"}
    made = admin.post("/api/v1/identities", **body)["identity"]

    await stack.up([*SETUP, identity()])

    assert stack.outputs("identity")["identityId"] == made["id"]
    assert admin.identities("homelab-eso") == [made["id"]]


async def test_several_identities_with_the_same_name_are_an_error_with_a_fix(
    fake_infisical: FakeInfisical, stack: Stack
) -> None:
    await stack.up(SETUP)
    admin = Admin(fake_infisical.url)
    body = {"name": "homelab-eso", "organizationId": admin.organization_id, "role": "no-access"}
    ids = [admin.post("/api/v1/identities", **body)["identity"]["id"] for _ in range(2)]

    with pytest.raises(Blocked) as raised:
        await stack.up([*SETUP, identity()])
    assert f"2 identities are named 'homelab-eso', with the IDs {', '.join(sorted(ids))}" in str(raised.value)
    assert "set `identity_id` to the one to adopt" in str(raised.value)
    await stack.up([*SETUP, identity(identityId=ids[1])])

    assert stack.outputs("identity")["identityId"] == ids[1]


async def test_an_administrator_is_not_adopted(stack: Stack) -> None:
    await stack.up(SETUP)

    with pytest.raises(Blocked, match="administers the organization, so it is not adopted"):
        await stack.up([*SETUP, identity(name="Instance Admin Identity")])


async def test_an_adopted_identity_loses_its_other_access_to_the_project(stack: Stack) -> None:
    await stack.up(SETUP)
    admin = Admin(stack.fake_infisical.url)
    body = {"name": "homelab-eso", "organizationId": admin.organization_id, "role": "no-access"}
    made = admin.post("/api/v1/identities", **body)["identity"]
    admin.post(f"/api/v1/projects/{project_id(stack)}/memberships/identities/{made['id']}", role="member")

    await stack.up([*SETUP, identity(), client_secret()])
    stack.fake_infisical.advance(11)

    assert roles(stack) == ["no-access"]
    assert machine(stack).writes(project_id(stack), "NEW") == 403


@pytest.mark.parametrize("by", ["name", "id"])
async def test_an_identity_is_imported(fake_infisical: FakeInfisical, stack: Stack, by: str) -> None:
    await stack.up([*SETUP, identity()])
    before = stack.outputs("identity")
    del stack.records["identity"]
    declared = identity()
    where = f"{before['identityId'] if by == 'id' else 'homelab-eso'}@homelab/prod"

    await stack.up([*SETUP, Declared("Identity", "identity", declared.inputs, imports=where)])

    assert stack.steps == [("import", "identity")]
    assert stack.outputs("identity")["identityId"] == before["identityId"]
    assert stack.outputs("identity")["accessMode"] == "privilege"
    assert stack.records["identity"].id == "homelab-eso"
    await stack.up([*SETUP, declared])
    assert stack.steps == []
