"""The provider logs in as a machine identity that administers the organization."""

from __future__ import annotations

import pytest

from infisical.api.errors import Blocked, LoginRefused
from sandbox.infisical.fake import FakeInfisical
from tests.infisical.admin import Admin
from tests.infisical.programs import INSTANCE, identity, whole
from tests.infisical.stack import Declared, Stack


@pytest.fixture
async def admin(stack: Stack, fake_infisical: FakeInfisical) -> Admin:
    """The administrator of a server that others have set up."""
    await stack.up([INSTANCE])
    return Admin(fake_infisical.url)


def _login(admin: Admin, role: str = "admin") -> dict[str, str]:
    made = admin.post("/api/v1/identities", name="pulumi", organizationId=admin.organization_id, role=role)
    where = f"/api/v1/auth/universal-auth/identities/{made['identity']['id']}"
    attached = admin.post(where)["identityUniversalAuth"]
    secret = admin.post(f"{where}/client-secrets", description="pulumi")["clientSecret"]
    return {"clientId": attached["clientId"], "clientSecret": secret}


async def test_every_resource_is_created_with_the_login_of_an_identity(
    admin: Admin, fake_infisical: FakeInfisical
) -> None:
    stack = Stack(fake_infisical, **_login(admin))
    program = whole("homelab")

    await stack.up(program)
    first = stack.steps
    await stack.up(program)

    assert {step for step, _ in first} == {"create"}
    assert stack.steps == []
    assert stack.outputs("instance")["adminEmail"] == ""
    assert stack.outputs("db_password")["origin"] == "seeded"


async def test_it_logs_in_again_when_its_token_is_not_accepted_any_more(
    admin: Admin, fake_infisical: FakeInfisical
) -> None:
    stack = Stack(fake_infisical, **_login(admin))
    await stack.up([INSTANCE])
    fake_infisical.order("status", status=401, path="/api/v1/projects*", times=1)

    await stack.up([INSTANCE, Declared("Project", "project", {"slug": "homelab"})])

    assert stack.outputs("project")["origin"] == "created"


async def test_a_wrong_client_secret_is_tried_once_and_names_the_keys_of_the_config(
    admin: Admin, fake_infisical: FakeInfisical
) -> None:
    """The third wrong one would lock the identity."""
    login = _login(admin) | {"clientSecret": "canary-of-a-secret"}
    stack = Stack(fake_infisical, **login)

    with pytest.raises(Blocked) as caught:
        await stack.up(whole("homelab"))

    assert "refuses the login of the machine identity of `homelab:infisicalAdminClientId`" in str(caught.value)
    assert "canary" not in str(caught.value)
    assert isinstance(caught.value.__cause__, LoginRefused)
    attempts = [each for each in fake_infisical.requests() if each["path"].endswith("/universal-auth/login")]
    assert len(attempts) == 1


async def test_it_never_adopts_itself(admin: Admin, fake_infisical: FakeInfisical) -> None:
    """Otherwise it would take its own rights away."""
    stack = Stack(fake_infisical, **_login(admin))
    project = Declared("Project", "project", {"slug": "homelab"})

    with pytest.raises(Blocked, match="administers the server, so it is not adopted"):
        await stack.up([INSTANCE, project, identity(name="pulumi", adopt=True)])


async def test_a_server_without_an_administrator_needs_one_first(fake_infisical: FakeInfisical) -> None:
    stack = Stack(fake_infisical, clientId="id", clientSecret="secret")

    with pytest.raises(Blocked, match="has no administrator yet"):
        await stack.up([INSTANCE])
