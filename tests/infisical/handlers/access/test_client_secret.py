"""A client secret is tested before use, and replaced while the old one is still valid."""

from __future__ import annotations

import pytest

from infisical.api.errors import Blocked
from sandbox.infisical.fake import FakeInfisical
from tests.infisical.admin import Admin, Machine
from tests.infisical.programs import SETUP, client_secret, identity
from tests.infisical.stack import Declared, Stack
from tests.infisical.transports import Mortal, Refusing

LOGIN = "/api/v1/auth/universal-auth/login"
BASE = [*SETUP, identity()]


def logs_in(stack: Stack, credential: dict[str, str]) -> bool:
    return Machine(stack.fake_infisical.url, credential["clientId"], credential["clientSecret"]).logged_in


def client_secrets(stack: Stack) -> list[str]:
    return Admin(stack.fake_infisical.url).client_secrets(stack.outputs("identity")["identityId"])


async def test_a_client_secret_logs_in_and_is_secret_in_the_state(stack: Stack) -> None:
    await stack.up([*BASE, client_secret()])

    credential = stack.outputs("credential")
    assert logs_in(stack, credential)
    assert stack.secret_outputs("credential") == {"clientSecret"}
    assert credential["clientSecret"] not in stack.records["credential"].id


async def test_a_second_update_creates_no_client_secret_and_does_not_log_in(
    fake_infisical: FakeInfisical, stack: Stack
) -> None:
    await stack.up([*BASE, client_secret()])
    before = [it["path"] for it in fake_infisical.requests()].count(LOGIN)

    await stack.up([*BASE, client_secret()])

    assert stack.steps == []
    assert client_secrets(stack) == [stack.outputs("credential")["clientSecretId"]]
    assert [it["path"] for it in fake_infisical.requests()].count(LOGIN) == before


async def test_a_rotation_creates_a_new_client_secret_and_revokes_the_old_one_last(stack: Stack) -> None:
    await stack.up([*BASE, client_secret(trigger="1")])
    old = stack.outputs("credential")
    during: list[bool] = []

    # Its dependents are updated between the creation and the revocation, so both must be valid.
    class Watched(Mortal):
        async def handle_async_request(self, request):  # type: ignore[no-untyped-def]
            if request.url.path.endswith("/revoke") and "client-secrets" in request.url.path:
                during.append(logs_in(stack, old) and logs_in(stack, stack.outputs("credential")))
            return await super().handle_async_request(request)

    await stack.up([*BASE, client_secret(trigger="2")], Watched())

    assert stack.steps == [("replace", "credential")]
    assert during == [True]
    new = stack.outputs("credential")
    assert logs_in(stack, new)
    assert not logs_in(stack, old)
    assert client_secrets(stack) == [new["clientSecretId"]]


async def test_a_trigger_that_is_removed_and_restored_does_not_rotate(stack: Stack) -> None:
    """Otherwise the one in use would pass for the leftover of an interrupted run, and be revoked too early."""
    await stack.up([*BASE, client_secret(trigger="1")])
    await stack.up([*BASE, client_secret(trigger="2")])
    before = stack.outputs("credential")

    for rotation in ("", "2"):
        await stack.up([*BASE, client_secret(trigger=rotation)])
        assert stack.steps == []

    assert stack.outputs("credential")["clientSecret"] == before["clientSecret"]
    assert logs_in(stack, before)


async def test_a_client_secret_that_was_revoked_by_hand_is_replaced(
    fake_infisical: FakeInfisical, stack: Stack
) -> None:
    await stack.up([*BASE, client_secret()])
    old = stack.outputs("credential")["clientSecretId"]
    path = f"/api/v1/auth/universal-auth/identities/{stack.outputs('identity')['identityId']}/client-secrets"
    Admin(fake_infisical.url).post(f"{path}/{old}/revoke")

    await stack.up([*BASE, client_secret()])

    assert stack.steps == [("replace", "credential")]
    assert logs_in(stack, stack.outputs("credential"))


async def test_a_client_secret_that_cannot_log_in_is_revoked_and_the_old_one_kept(
    fake_infisical: FakeInfisical, stack: Stack
) -> None:
    await stack.up([*BASE, client_secret(trigger="1")])
    before = [it["path"] for it in fake_infisical.requests()].count(LOGIN)
    fake_infisical.order("status", path=LOGIN, times=0, status=401)

    with pytest.raises(Blocked, match=r"cannot log in from this machine .* the previous one stays valid"):
        await stack.up([*BASE, client_secret(trigger="2")])

    assert [it["path"] for it in fake_infisical.requests()].count(LOGIN) == before + 1, "bad logins are counted"
    fake_infisical.clear_faults()
    assert client_secrets(stack) == [stack.outputs("credential")["clientSecretId"]]
    assert logs_in(stack, stack.outputs("credential"))


async def test_a_lock_after_bad_logins_is_cleared(fake_infisical: FakeInfisical, stack: Stack) -> None:
    await stack.up(BASE)
    client_id = stack.outputs("identity")["clientId"]
    for _ in range(3):
        assert not Machine(fake_infisical.url, client_id, "0" * 64).logged_in

    await stack.up([*BASE, client_secret()])

    assert logs_in(stack, stack.outputs("credential"))


async def test_a_refusal_of_this_address_is_an_error_with_a_fix(stack: Stack) -> None:
    await stack.up(BASE)
    reason = "You are not allowed to access this resource from the current IP address"
    elsewhere = Refusing("POST", LOGIN, reason, status=403, error="ForbiddenError")

    with pytest.raises(Blocked, match=r"current IP address.*`trusted_ips`, or set `prove_login=False`"):
        await stack.up([*BASE, client_secret()], elsewhere)

    assert client_secrets(stack) == []


async def test_an_untested_client_secret_is_not_locked_by_earlier_bad_logins(
    fake_infisical: FakeInfisical, stack: Stack
) -> None:
    await stack.up([*BASE, client_secret(proveLogin=False)])
    credential = stack.outputs("credential")
    path = f"/api/v1/auth/universal-auth/identities/{credential['identityId']}/client-secrets"
    Admin(fake_infisical.url).post(f"{path}/{credential['clientSecretId']}/revoke")
    for _ in range(3):
        assert not logs_in(stack, credential)

    await stack.up([*BASE, client_secret(proveLogin=False)])

    assert logs_in(stack, stack.outputs("credential"))


async def test_prove_login_false_skips_the_test_login(fake_infisical: FakeInfisical, stack: Stack) -> None:
    program = [*SETUP, identity(), client_secret(proveLogin=False)]
    await stack.up(program[:3])
    before = [it["path"] for it in fake_infisical.requests()].count(LOGIN)

    await stack.up(program)

    assert [it["path"] for it in fake_infisical.requests()].count(LOGIN) == before
    assert logs_in(stack, stack.outputs("credential"))


async def test_client_secrets_of_others_are_not_changed(fake_infisical: FakeInfisical, stack: Stack) -> None:
    await stack.up(BASE)
    path = f"/api/v1/auth/universal-auth/identities/{stack.outputs('identity')['identityId']}/client-secrets"
    by_hand = Admin(fake_infisical.url).post(path, description="by hand")["clientSecretData"]["id"]

    await stack.up([*BASE, client_secret(trigger="1")])
    await stack.up([*BASE, client_secret(trigger="2")])
    await stack.up(BASE)

    assert client_secrets(stack) == [by_hand]


async def test_an_imported_client_secret_has_a_value_after_its_next_rotation(
    fake_infisical: FakeInfisical, stack: Stack
) -> None:
    await stack.up(BASE)
    identity_id = stack.outputs("identity")["identityId"]
    path = f"/api/v1/auth/universal-auth/identities/{identity_id}/client-secrets"
    by_hand = Admin(fake_infisical.url).post(path, description="by hand")["clientSecretData"]["id"]
    first = client_secret(trigger="1")

    await stack.up([*BASE, Declared("ClientSecret", "credential", first.inputs, imports=f"{identity_id}/{by_hand}")])
    assert stack.steps == [("import", "credential")]
    assert "clientSecret" not in stack.outputs("credential")
    await stack.up([*BASE, first])
    assert stack.steps == []
    await stack.up([*BASE, client_secret(trigger="2")])

    assert stack.steps == [("replace", "credential")]
    assert logs_in(stack, stack.outputs("credential"))
    assert client_secrets(stack) == [stack.outputs("credential")["clientSecretId"]] != [by_hand]


async def test_deleting_the_resource_revokes_the_client_secret(stack: Stack) -> None:
    await stack.up([*BASE, client_secret()])
    await stack.up(BASE)

    assert client_secrets(stack) == []


async def test_a_refresh_finds_a_revoked_client_secret(fake_infisical: FakeInfisical, stack: Stack) -> None:
    await stack.up([*BASE, client_secret()])
    await stack.refresh()
    assert stack.steps == []
    credential = stack.outputs("credential")
    path = f"/api/v1/auth/universal-auth/identities/{credential['identityId']}/client-secrets"
    Admin(fake_infisical.url).post(f"{path}/{credential['clientSecretId']}/revoke")

    await stack.refresh()

    assert stack.steps == [("gone", "credential")]
