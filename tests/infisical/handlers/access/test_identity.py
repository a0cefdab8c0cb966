"""An identity reads its folders and nothing else, and there is exactly one, also after failures."""

from __future__ import annotations

from typing import Any

import pytest

from infisical.api.errors import Blocked, InfisicalError, Refused
from infisical.handlers.access_check import CACHE_SECONDS
from sandbox.infisical.fake import FakeInfisical
from tests.infisical.admin import Admin, Machine, at
from tests.infisical.programs import FOLDER, INSTANCE, PROJECT, SETUP, client_secret, identity
from tests.infisical.stack import CheckFailed, Declared, Ref, Stack
from tests.infisical.transports import Refusing

PRIVILEGES = "/api/v2/identity-project-additional-privilege"
UNIVERSAL_AUTH = "/api/v1/auth/universal-auth/identities"


def machine(stack: Stack) -> Machine:
    credential = stack.outputs("credential")
    return Machine(stack.fake_infisical.url, credential["clientId"], credential["clientSecret"])


def project_id(stack: Stack) -> str:
    found: str = stack.outputs("project")["projectId"]
    return found


def roles(stack: Stack) -> list[str]:
    members = Admin(stack.fake_infisical.url).get(f"/api/v1/projects/{project_id(stack)}/memberships/identities")
    (member,) = [it for it in members["identityMemberships"] if it["identity"]["name"] == "homelab-eso"]
    return [role["role"] for role in member["roles"]]


def seed(stack: Stack, *locations: tuple[str, str]) -> None:
    """A secret SEED in each (environment, path)."""
    admin = Admin(stack.fake_infisical.url)
    for environment, path in locations:
        admin.post("/api/v4/secrets/SEED", **at(project_id(stack), environment, path), secretValue="seed")


async def test_an_identity_reads_its_environment_and_nothing_else(stack: Stack) -> None:
    environments = {"prod": "Production", "dev": "Development"}
    project = Declared("Project", "project", {"slug": "homelab", "environments": environments})
    other = Declared("Project", "other", {"slug": "another"})
    program = [INSTANCE, project, other, FOLDER]
    await stack.up(program)
    seed(stack, ("prod", "/"), ("prod", "/apps/web"), ("dev", "/"))

    await stack.up([*program, identity(), client_secret()])

    eso = machine(stack)
    assert eso.sees(project_id(stack)) == ["SEED"]
    assert eso.sees(project_id(stack), path="/apps/web") == ["SEED"]
    assert eso.sees(project_id(stack), "dev") == []
    assert eso.sees(stack.outputs("other")["projectId"]) is None
    assert eso.writes(project_id(stack), "NEW") == 403
    assert stack.outputs("identity")["accessMode"] == "privilege"
    assert roles(stack) == ["no-access"]


async def test_an_identity_reads_its_paths_with_their_subfolders_only(stack: Stack) -> None:
    await stack.up([*SETUP, FOLDER])
    seed(stack, ("prod", "/"), ("prod", "/apps"), ("prod", "/apps/web"))

    await stack.up([*SETUP, FOLDER, identity(paths=["/apps"]), client_secret()])

    eso = machine(stack)
    assert eso.sees(project_id(stack), path="/apps") == ["SEED"]
    assert eso.sees(project_id(stack), path="/apps/web") == ["SEED"]
    assert eso.sees(project_id(stack)) == []


async def test_changed_paths_replace_the_old_access(fake_infisical: FakeInfisical, stack: Stack) -> None:
    await stack.up([*SETUP, FOLDER])
    seed(stack, ("prod", "/"), ("prod", "/apps"))
    await stack.up([*SETUP, FOLDER, identity(paths=["/other"]), client_secret()])
    # The server now looks up the permissions, and caches them for some seconds.
    assert machine(stack).sees(project_id(stack), path="/apps") == []

    await stack.up([*SETUP, FOLDER, identity(paths=["/apps"]), client_secret()])

    assert stack.steps == [("update", "identity")]
    assert machine(stack).sees(project_id(stack), path="/apps") == ["SEED"]
    assert 5 <= sum(stack.clock.slept) <= 15
    await stack.up([*SETUP, FOLDER, identity(paths=["/"]), client_secret()])
    assert machine(stack).sees(project_id(stack)) == ["SEED"]


async def test_an_identity_becomes_viewer_with_a_warning_if_privileges_are_refused(stack: Stack) -> None:
    refusing = Refusing("POST", PRIVILEGES, "Failed to create privilege due to plan restriction.")

    await stack.up([*SETUP, identity()], refusing)

    assert stack.outputs("identity")["accessMode"] == "viewer"
    assert roles(stack) == ["viewer"]
    (warning,) = stack.log.warnings
    assert "becomes viewer of the whole project" in warning
    assert "plan restriction" in warning


async def test_an_update_waits_until_access_is_in_effect(fake_infisical: FakeInfisical, stack: Stack) -> None:
    viewer = Refusing("POST", PRIVILEGES, "plan")
    await stack.up([*SETUP, identity(), client_secret()], viewer)
    identity_id = stack.outputs("identity")["identityId"]
    members = f"/api/v1/projects/{project_id(stack)}/memberships/identities/{identity_id}"
    Admin(fake_infisical.url).patch(members, roles=[{"role": "no-access"}])
    fake_infisical.advance(11)
    # The server now looks up the permissions, and caches them for some seconds.
    assert machine(stack).sees(project_id(stack)) is None

    await stack.up([*SETUP, identity(), client_secret()])

    assert machine(stack).sees(project_id(stack)) == []
    assert 5 <= sum(stack.clock.slept) <= 15


async def test_access_that_never_takes_effect_is_an_error(fake_infisical: FakeInfisical, stack: Stack) -> None:
    await stack.up(SETUP)
    fake_infisical.order("status", path="/api/v4/secrets", times=0, status=403)

    with pytest.raises(Blocked, match=r"cannot read / in prod \d+ s after it got access"):
        await stack.up([*SETUP, identity()])

    assert sum(stack.clock.slept) < 60


async def test_access_that_cannot_be_tested_from_this_address_is_a_warning(stack: Stack) -> None:
    reason = "You are not allowed to access this resource from the current IP address"
    elsewhere = Refusing("POST", "/api/v1/auth/universal-auth/login", reason, status=403, error="ForbiddenError")
    stack.fake_infisical.allow_trusted_ips()

    await stack.up([*SETUP, identity(trustedIps=["10.42.0.0/16"])], elsewhere)

    (warning,) = stack.log.warnings
    assert "was not tested from this machine (You are not allowed" in warning
    assert sum(stack.clock.slept) == 10
    assert Admin(stack.fake_infisical.url).client_secrets(stack.outputs("identity")["identityId"]) == []


async def test_the_access_test_leaves_no_credential(fake_infisical: FakeInfisical, stack: Stack) -> None:
    await stack.up([*SETUP, identity()])

    assert Admin(fake_infisical.url).client_secrets(stack.outputs("identity")["identityId"]) == []


@pytest.mark.parametrize("refreshed", [False, True], ids=["", "refreshed"])
@pytest.mark.parametrize("removed", ["membership", "privilege", "identity"])
async def test_access_that_was_removed_by_hand_is_restored(
    fake_infisical: FakeInfisical, stack: Stack, removed: str, refreshed: bool
) -> None:
    program = [*SETUP, identity(), client_secret()]
    await stack.up(program)
    admin, identity_id = Admin(fake_infisical.url), stack.outputs("identity")["identityId"]
    if removed == "membership":
        admin.delete(f"/api/v1/projects/{project_id(stack)}/memberships/identities/{identity_id}")
    elif removed == "privilege":
        listed = admin.get(PRIVILEGES, identityId=identity_id, projectId=project_id(stack))
        admin.delete(f"{PRIVILEGES}/{listed['privileges'][0]['id']}")
    else:
        admin.delete(f"/api/v1/identities/{identity_id}")
    fake_infisical.advance(11)
    if refreshed:
        await stack.refresh()

    await stack.up(program)

    assert ("create" if refreshed and removed == "identity" else "update", "identity") in stack.steps
    assert machine(stack).sees(project_id(stack)) == []
    assert len(admin.identities("homelab-eso")) == 1


async def test_additional_access_granted_by_hand_is_removed(fake_infisical: FakeInfisical, stack: Stack) -> None:
    await stack.up([*SETUP, identity()])
    members = f"/api/v1/projects/{project_id(stack)}/memberships/identities/{stack.outputs('identity')['identityId']}"
    Admin(fake_infisical.url).patch(members, roles=[{"role": "admin"}])

    await stack.up([*SETUP, identity()])

    assert roles(stack) == ["no-access"]


async def test_token_rules_are_set_and_changed(fake_infisical: FakeInfisical, stack: Stack) -> None:
    def rules() -> dict[str, Any]:
        found = Admin(fake_infisical.url).get(f"{UNIVERSAL_AUTH}/{stack.outputs('identity')['identityId']}")
        read: dict[str, Any] = found["identityUniversalAuth"]
        return read

    fake_infisical.allow_trusted_ips()
    await stack.up([*SETUP, identity(trustedIps=["127.0.0.0/8"], accessTokenTtl=600.0, accessTokenMaxTtl=1200.0)])
    assert (rules()["accessTokenTTL"], rules()["accessTokenMaxTTL"]) == (600, 1200)
    assert [it["ipAddress"] for it in rules()["clientSecretTrustedIps"]] == ["127.0.0.0"]

    await stack.up([*SETUP, identity(trustedIps=["127.0.0.0/8"], accessTokenTtl=300.0, accessTokenMaxTtl=1200.0)])

    assert stack.steps == [("update", "identity")]
    assert rules()["accessTokenTTL"] == 300


async def test_a_server_without_the_plan_for_trusted_networks_names_the_plan(stack: Stack) -> None:
    with pytest.raises(Refused, match="due to plan restriction"):
        await stack.up([*SETUP, identity(trustedIps=["10.42.0.0/16"])])


async def test_a_refresh_finds_changed_token_rules_and_an_update_restores_them(
    fake_infisical: FakeInfisical, stack: Stack
) -> None:
    await stack.up([*SETUP, identity()])
    path = f"{UNIVERSAL_AUTH}/{stack.outputs('identity')['identityId']}"
    Admin(fake_infisical.url).patch(path, accessTokenTTL=60)

    await stack.refresh()
    assert stack.steps == [("refresh", "identity")]
    await stack.up([*SETUP, identity()])

    assert stack.steps == [("update", "identity")]
    assert Admin(fake_infisical.url).get(path)["identityUniversalAuth"]["accessTokenTTL"] == 3600


async def test_a_new_project_keeps_the_identity_and_its_credentials(
    fake_infisical: FakeInfisical, stack: Stack
) -> None:
    other = Declared("Project", "other", {"slug": "another"})
    program = [INSTANCE, PROJECT, other]
    await stack.up([*program, identity(), client_secret()])
    eso = machine(stack)

    await stack.up([*program, identity(projectId=Ref("other", "projectId")), client_secret()])

    assert stack.steps == [("update", "identity")]
    assert eso.sees(stack.outputs("other")["projectId"]) == []
    fake_infisical.advance(CACHE_SECONDS)
    assert eso.sees(project_id(stack)) is None
    await stack.up([*program, identity(projectId=Ref("other", "projectId")), client_secret()])
    assert stack.steps == []


async def test_a_recreated_project_keeps_the_identity_and_its_credentials(
    fake_infisical: FakeInfisical, stack: Stack
) -> None:
    await stack.up([*SETUP, identity(), client_secret()])
    eso = machine(stack)
    Admin(fake_infisical.url).delete(f"/api/v1/projects/{project_id(stack)}")

    await stack.up([*SETUP, identity(), client_secret()])

    assert ("update", "identity") in stack.steps
    assert stack.log.warnings == []
    assert eso.sees(project_id(stack)) == []
    await stack.up([*SETUP, identity(), client_secret()])
    assert stack.steps == []


async def test_deleting_the_resource_deletes_the_identity(fake_infisical: FakeInfisical, stack: Stack) -> None:
    await stack.up([*SETUP, identity(), client_secret()])
    await stack.up(SETUP)

    assert Admin(fake_infisical.url).identities("homelab-eso") == []


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [
        (
            {"accessTokenTtl": 7200.0, "accessTokenMaxTtl": 3600.0},
            "expected at most accessTokenMaxTtl (3600), found 7200",
        ),
        ({"accessTokenTtl": 0.0}, "expected whole seconds, 1 to"),
        ({"trustedIps": ["10.0.0.1/8"]}, "CIDR notation without host bits"),
        ({"paths": []}, "expected at least one path"),
    ],
    ids=["ttl", "zero", "network", "paths"],
)
async def test_wrong_arguments_are_named(stack: Stack, inputs: dict[str, object], reason: str) -> None:
    with pytest.raises(CheckFailed) as raised:
        await stack.preview([identity(**inputs)])

    assert reason in str(raised.value)


async def test_the_update_after_a_failed_one_completes_it(fake_infisical: FakeInfisical, stack: Stack) -> None:
    await stack.up(SETUP)
    fake_infisical.order("status", method="POST", path=PRIVILEGES, status=500)
    with pytest.raises(InfisicalError, match="500 Internal Server Error: A fault that a test ordered"):
        await stack.up([*SETUP, identity()])

    await stack.up([*SETUP, identity()])

    assert Admin(fake_infisical.url).identities("homelab-eso") == [stack.outputs("identity")["identityId"]]
