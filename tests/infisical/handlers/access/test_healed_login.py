"""One update, without a refresh, heals a wrong or revoked client secret, also while the identity is locked."""

from __future__ import annotations

import base64

import httpx2
import pytest

from sandbox.infisical.fake import FakeInfisical
from tests.infisical.admin import Admin, Machine
from tests.infisical.deliveries import stack_for
from tests.infisical.fake_cluster import FakeCluster
from tests.infisical.handlers.access.test_identity import UNIVERSAL_AUTH
from tests.infisical.programs import SETUP, client_secret, identity
from tests.infisical.stack import Stack

NAME = "external-secrets/infisical-machine-identity"
PATH = "/api/v1/namespaces/external-secrets/secrets/infisical-machine-identity"
PROGRAM = [*SETUP, identity(), client_secret(deliveredTo=NAME)]


def hold(cluster: FakeCluster, **values: str) -> None:
    """Write the operator's Secret."""
    cluster.objects[PATH] = {"data": {key: base64.b64encode(it.encode()).decode() for key, it in values.items()}}


def deliver(cluster: FakeCluster, stack: Stack) -> None:
    """Write what Pulumi would write from the state."""
    credential = stack.outputs("credential")
    hold(cluster, clientId=credential["clientId"], clientSecret=credential["clientSecret"])


def bad_logins(stack: Stack, number: int = 3) -> None:
    body = {"clientId": stack.outputs("identity")["clientId"], "clientSecret": "wrong"}
    for _ in range(number):
        httpx2.post(f"{stack.fake_infisical.url}/api/v1/auth/universal-auth/login", json=body, verify=False)


@pytest.fixture
async def stack(fake_infisical: FakeInfisical, cluster: FakeCluster) -> Stack:
    stack = stack_for(fake_infisical, cluster.kubeconfig)
    await stack.up(PROGRAM)
    deliver(cluster, stack)
    return stack


async def test_right_credentials_are_kept(stack: Stack) -> None:
    await stack.up(PROGRAM)

    assert stack.steps == []


@pytest.mark.parametrize("wrong", ["clientId", "clientSecret"])
async def test_wrong_credentials_in_the_cluster_replace_the_client_secret(
    stack: Stack, cluster: FakeCluster, wrong: str
) -> None:
    before = stack.outputs("credential")
    hold(cluster, **{**{key: before[key] for key in ("clientId", "clientSecret")}, wrong: "by-hand"})

    await stack.up(PROGRAM)

    assert stack.steps == [("replace", "credential")]
    assert stack.outputs("credential")["clientSecret"] != before["clientSecret"]
    deliver(cluster, stack)
    await stack.up(PROGRAM)
    assert stack.steps == []


async def test_a_preview_shows_the_replacement(stack: Stack, cluster: FakeCluster) -> None:
    hold(cluster, clientId="x", clientSecret="y")

    await stack.preview(PROGRAM)

    assert stack.steps == [("replace", "credential")]


async def test_a_cluster_that_does_not_answer_is_no_change(stack: Stack, cluster: FakeCluster) -> None:
    cluster.stop()

    await stack.up(PROGRAM)

    assert stack.steps == []
    assert "Drift check skipped" in stack.log.warnings[0]


async def test_bad_logins_do_not_lock_the_identity(stack: Stack) -> None:
    bad_logins(stack, 5)

    credential = stack.outputs("credential")
    assert Machine(stack.fake_infisical.url, credential["clientId"], credential["clientSecret"]).logged_in


async def test_a_locked_identity_is_unlocked_with_the_new_client_secret(stack: Stack) -> None:
    admin, made = Admin(stack.fake_infisical.url), stack.outputs("identity")["identityId"]
    admin.patch(f"{UNIVERSAL_AUTH}/{made}", lockoutEnabled=True)
    admin.post(f"{UNIVERSAL_AUTH}/{made}/client-secrets/{stack.outputs('credential')['clientSecretId']}/revoke")
    bad_logins(stack)

    await stack.up(PROGRAM)

    assert stack.steps == [("replace", "credential")]
    credential = stack.outputs("credential")
    assert Machine(stack.fake_infisical.url, credential["clientId"], credential["clientSecret"]).logged_in
