"""An identity that this stack did not create is taken over only with `adopt`, and then has the least privileges."""

from __future__ import annotations

from typing import Any

import pytest

from infisical.api.errors import Blocked
from sandbox.infisical.fake import FakeInfisical
from tests.infisical.admin import Admin
from tests.infisical.handlers.access.test_identity import PRIVILEGES, UNIVERSAL_AUTH, machine, project_id, roles
from tests.infisical.programs import SETUP, client_secret, identity
from tests.infisical.stack import Declared, Stack
from tests.infisical.transports import Killed, Mortal


def by_hand(admin: Admin, role: str = "no-access", name: str = "homelab-eso") -> str:
    """The ID of an identity that the owner created."""
    body = {"name": name, "organizationId": admin.organization_id, "role": role}
    made: str = admin.post("/api/v1/identities", **body)["identity"]["id"]
    return made


def in_use(admin: Admin) -> str:
    """The ID of an identity that something else uses: in the project `media`, with two client secrets."""
    made = by_hand(admin, role="member")
    media = admin.post("/api/v1/projects", projectName="media", slug="media")["project"]["id"]
    admin.post(f"/api/v1/projects/{media}/memberships/identities/{made}", role="viewer")
    admin.post(f"{UNIVERSAL_AUTH}/{made}")
    admin.post(f"{UNIVERSAL_AUTH}/{made}/client-secrets", description="laptop")
    admin.post(f"{UNIVERSAL_AUTH}/{made}/client-secrets")
    return made


def organization_role(admin: Admin, identity_id: str) -> str:
    found: str = admin.get(f"/api/v1/identities/{identity_id}")["identity"]["role"]
    return found


def whole(admin: Admin, identity_id: str) -> Any:
    """Everything that an adoption could change."""
    found = admin.get(f"/api/v1/identities/{identity_id}")["identity"]
    login = admin.get(f"{UNIVERSAL_AUTH}/{identity_id}")
    members = admin.get(f"/api/v1/identities/{identity_id}/identity-memberships")
    return found, login, members, admin.client_secrets(identity_id)


@pytest.mark.parametrize("command", ["preview", "up"])
async def test_an_existing_identity_stops_the_preview_and_the_update_before_it_is_changed(
    stack: Stack, command: str
) -> None:
    await stack.up(SETUP)
    admin = Admin(stack.fake_infisical.url)
    made = in_use(admin)
    before = whole(admin, made)

    with pytest.raises(Blocked) as raised:
        await (stack.preview if command == "preview" else stack.up)([*SETUP, identity()])

    message = str(raised.value)
    assert f"Identity 'homelab-eso' ({made}) exists in Infisical, and this stack did not create it" in message
    assert "organization role: member" in message
    assert "projects: media (viewer)" in message
    assert "auth methods: universal-auth" in message
    assert "client secrets: 2 ('laptop', one without a description)" in message
    assert "another `name` in `homelab:infisical.operator`; or `adopt: true` there" in message
    assert whole(admin, made) == before
    assert admin.identities("homelab-eso") == [made]


async def test_the_preview_of_an_adoption_shows_what_changes_and_what_is_kept(stack: Stack) -> None:
    await stack.up(SETUP)
    admin = Admin(stack.fake_infisical.url)
    made = in_use(admin)
    admin.post(f"/api/v1/projects/{project_id(stack)}/memberships/identities/{made}", role="admin")
    permissions = [{"subject": "secrets", "action": ["edit"]}]
    given = {"identityId": made, "projectId": project_id(stack), "slug": "writes", "type": {"isTemporary": False}}
    admin.post(PRIVILEGES, **given, permissions=permissions)
    before = whole(admin, made)

    await stack.preview([*SETUP, identity(adopt=True)])

    (warning,) = stack.log.warnings
    assert "is adopted" in warning
    assert "organization role: member becomes no-access" in warning
    assert "role in the project: admin becomes no-access, with read access to / and below" in warning
    assert "additional privileges in the project are removed: writes" in warning
    assert "token lifetimes, trusted networks and lockout of universal auth become the declared ones" in warning
    assert "media (viewer)" in warning
    assert "client secrets: 2 ('laptop', one without a description)" in warning
    assert whole(admin, made) == before


async def test_an_adopted_identity_has_the_least_privileges_and_keeps_what_others_use(stack: Stack) -> None:
    await stack.up(SETUP)
    admin = Admin(stack.fake_infisical.url)
    made = in_use(admin)
    admin.post(f"/api/v1/projects/{project_id(stack)}/memberships/identities/{made}", role="member")
    permissions = [{"subject": "secrets", "action": ["create"]}]
    given = {"identityId": made, "projectId": project_id(stack), "slug": "writes", "type": {"isTemporary": False}}
    admin.post(PRIVILEGES, **given, permissions=permissions)
    secrets = admin.client_secrets(made)

    await stack.up([*SETUP, identity(adopt=True), client_secret()])
    stack.fake_infisical.advance(11)

    assert stack.outputs("identity")["identityId"] == made
    assert stack.outputs("identity")["origin"] == "adopted"
    assert organization_role(admin, made) == "no-access"
    assert roles(stack) == ["no-access"]
    assert machine(stack).writes(project_id(stack), "NEW") == 403
    assert set(secrets) < set(admin.client_secrets(made))
    members = admin.get(f"/api/v1/identities/{made}/identity-memberships")["identityMemberships"]
    assert "media" in [each["project"]["name"] for each in members]


async def test_the_next_updates_need_no_adopt(stack: Stack) -> None:
    await stack.up(SETUP)
    by_hand(Admin(stack.fake_infisical.url))
    await stack.up([*SETUP, identity(adopt=True), client_secret()])

    await stack.up([*SETUP, identity(), client_secret()])

    assert stack.steps == []


async def test_an_adopted_identity_is_released_and_loses_the_access_that_it_got(stack: Stack) -> None:
    await stack.up(SETUP)
    admin = Admin(stack.fake_infisical.url)
    made = in_use(admin)
    await stack.up([*SETUP, identity(adopt=True), client_secret()])
    project, credential = project_id(stack), stack.outputs("credential")["clientSecretId"]

    await stack.up(SETUP)

    assert admin.identities("homelab-eso") == [made]
    assert credential not in admin.client_secrets(made)
    assert len(admin.client_secrets(made)) == 2
    assert admin.get(PRIVILEGES, identityId=made, projectId=project)["privileges"] == []
    assert "was adopted, so it is released and not deleted" in stack.log.infos[-1]


async def test_an_identity_of_a_killed_update_is_used_without_adopt_and_deleted_in_the_end(stack: Stack) -> None:
    await stack.up(SETUP)
    admin = Admin(stack.fake_infisical.url)
    calls = 0
    while not admin.identities("homelab-eso"):
        calls += 1
        with pytest.raises(Killed):
            await stack.up([*SETUP, identity()], Mortal(dies_after=calls))

    await stack.up([*SETUP, identity()])

    assert stack.outputs("identity")["origin"] == "created"
    assert stack.log.warnings == []
    await stack.up(SETUP)
    assert admin.identities("homelab-eso") == []


async def test_a_lost_state_finds_the_identity_of_its_stack_again(stack: Stack) -> None:
    await stack.up([*SETUP, identity()])
    made = stack.outputs("identity")["identityId"]
    del stack.records["identity"]

    await stack.up([*SETUP, identity()])

    assert stack.outputs("identity")["identityId"] == made
    assert stack.outputs("identity")["origin"] == "created"


async def test_an_identity_that_took_the_place_of_a_deleted_one_is_not_taken_over(stack: Stack) -> None:
    await stack.up([*SETUP, identity()])
    admin = Admin(stack.fake_infisical.url)
    admin.delete(f"/api/v1/identities/{stack.outputs('identity')['identityId']}")
    by_hand(admin)

    with pytest.raises(Blocked, match="this stack did not create it"):
        await stack.up([*SETUP, identity()])


async def test_an_organization_role_given_by_hand_is_taken_back(stack: Stack) -> None:
    await stack.up([*SETUP, identity()])
    admin, made = Admin(stack.fake_infisical.url), stack.outputs("identity")["identityId"]
    admin.patch(f"/api/v1/identities/{made}", role="admin")

    await stack.up([*SETUP, identity()])

    assert organization_role(admin, made) == "no-access"


async def test_several_identities_with_the_same_name_are_an_error_with_a_fix(
    fake_infisical: FakeInfisical, stack: Stack
) -> None:
    await stack.up(SETUP)
    ids = [by_hand(Admin(fake_infisical.url)) for _ in range(2)]

    with pytest.raises(Blocked) as raised:
        await stack.up([*SETUP, identity(adopt=True)])
    assert f"2 identities are named 'homelab-eso', with the IDs {', '.join(sorted(ids))}" in str(raised.value)
    assert "set `identity_id` to the one to adopt" in str(raised.value)
    await stack.up([*SETUP, identity(identityId=ids[1], adopt=True)])

    assert stack.outputs("identity")["identityId"] == ids[1]


async def test_the_servers_own_administrator_is_never_adopted(stack: Stack) -> None:
    await stack.up(SETUP)

    with pytest.raises(Blocked, match="administers the server, so it is not adopted"):
        await stack.up([*SETUP, identity(name="Instance Admin Identity", adopt=True)])


async def test_the_identity_of_the_providers_own_token_is_never_adopted(
    fake_infisical: FakeInfisical, stack: Stack
) -> None:
    await stack.up(SETUP)
    admin = Admin(fake_infisical.url)
    made = by_hand(admin, role="admin")
    admin.post(f"/api/v1/projects/{project_id(stack)}/memberships/identities/{made}", role="admin")
    admin.post(f"/api/v1/auth/token-auth/identities/{made}")
    token = admin.post(f"/api/v1/auth/token-auth/identities/{made}/tokens", name="pulumi")["accessToken"]
    own = Stack(fake_infisical, token=token)

    with pytest.raises(Blocked, match="administers the server, so it is not adopted"):
        await own.up([*SETUP, identity(adopt=True)])

    assert organization_role(admin, made) == "admin"


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
