"""The provider waits for a server, and sets it up once, or adopts it if the login is accepted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from infisical.api.errors import Blocked, InfisicalError
from sandbox.infisical.fake import FakeInfisical
from tests.infisical.admin import Admin
from tests.infisical.fake_cluster import FakeCluster
from tests.infisical.programs import INSTANCE, SETUP
from tests.infisical.stack import EMAIL, PASSWORD, Declared, Stack
from tests.infisical.transports import Meanwhile, Scripted

BOOTSTRAP = "/api/v1/admin/bootstrap"


def paths(fake_infisical: FakeInfisical) -> list[str]:
    return [request["path"] for request in fake_infisical.requests()]


def bootstrap_by_hand(fake_infisical: FakeInfisical, password: str = PASSWORD) -> dict[str, Any]:
    body = {"email": EMAIL, "password": password, "organization": "by-hand"}
    answer: dict[str, Any] = httpx2.post(fake_infisical.url + BOOTSTRAP, json=body, verify=False).json()
    return answer


async def test_an_empty_server_is_set_up(fake_infisical: FakeInfisical, stack: Stack) -> None:
    await stack.up([INSTANCE])

    outputs = stack.outputs("instance")
    assert outputs["organizationId"] == Admin(fake_infisical.url).organization_id
    assert (outputs["url"], outputs["adminEmail"]) == (fake_infisical.url, EMAIL)
    assert stack.records["instance"].id == "homelab"


async def test_a_second_update_does_not_set_up_again(fake_infisical: FakeInfisical, stack: Stack) -> None:
    await stack.up([INSTANCE])
    await stack.up([INSTANCE])

    assert stack.steps == []
    assert paths(fake_infisical).count(BOOTSTRAP) == 1


async def test_the_outputs_contain_no_secret(stack: Stack) -> None:
    await stack.up(SETUP)

    assert PASSWORD not in str({name: stack.outputs(name) for name in stack.records})


async def test_a_server_that_refuses_the_bootstrap_token_is_set_up(stack: Stack) -> None:
    """The default of the fake."""
    await stack.up(SETUP)

    assert stack.outputs("project")["projectId"]


async def test_a_server_that_was_set_up_before_is_adopted_by_its_login(
    fake_infisical: FakeInfisical, stack: Stack
) -> None:
    bootstrap_by_hand(fake_infisical)

    await stack.up([INSTANCE])

    assert stack.outputs("instance")["organizationId"] == Admin(fake_infisical.url).organization_id
    assert paths(fake_infisical).count(BOOTSTRAP) == 1


async def test_a_server_that_was_set_up_before_is_adopted_by_a_token(fake_infisical: FakeInfisical) -> None:
    fake_infisical.restart(bootstrap_token_max_age=None)
    made = bootstrap_by_hand(fake_infisical, "a-password-that-is-lost")
    stack = Stack(fake_infisical, email=EMAIL, password=PASSWORD, token=made["identity"]["credentials"]["token"])

    await stack.up(SETUP)

    assert stack.outputs("instance")["organizationId"] == made["organization"]["id"]
    assert "/api/v3/auth/login" not in paths(fake_infisical)


async def test_a_server_that_refuses_the_login_is_not_changed(fake_infisical: FakeInfisical, stack: Stack) -> None:
    bootstrap_by_hand(fake_infisical, "somebody-elses-password")

    with pytest.raises(Blocked) as raised:
        await stack.up([INSTANCE])

    message = str(raised.value)
    assert f"Infisical at {fake_infisical.url} is already set up, and refuses the login of {EMAIL}" in message
    assert "refuses the login of admin@homelab.test (Invalid credentials). Nothing was changed." in message
    assert "pulumi config set --secret" in message
    assert PASSWORD not in message
    assert paths(fake_infisical).count("/api/v3/auth/login") == 1


async def test_a_slowly_starting_server_is_awaited_with_progress(fake_infisical: FakeInfisical, stack: Stack) -> None:
    fake_infisical.order("status", times=3, path="/api/status", status=503)

    await stack.up([INSTANCE])

    assert f"waiting for Infisical at {fake_infisical.url}: 2 s of at most 600 s" in stack.log.progress


async def test_a_timeout_names_the_cause(stack: Stack, fake_infisical: FakeInfisical) -> None:
    down = Scripted(httpx2.ConnectError("refused"))

    with pytest.raises(Blocked) as raised:
        await stack.up([Declared("Instance", "instance", {"timeoutSeconds": 60.0})], down)

    message = str(raised.value)
    assert f"Infisical at {fake_infisical.url} did not answer within 60 s." in message
    assert "connection failed" in message
    assert f"curl -sS {fake_infisical.url}/api/status" in message
    assert sum(stack.clock.slept) == 60


APPLICATION = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/infisical"
INSTALLED = Declared("Instance", "instance", {"timeoutSeconds": 60.0, "application": "argocd/infisical"})
REFUSED = {
    "conditions": [{"type": "InvalidSpecError", "message": "Application referencing project x which does not exist"}],
    "health": {"status": "Unknown"},
    "sync": {"status": "Unknown"},
}
DEGRADED = {
    "health": {"status": "Degraded"},
    "sync": {"status": "OutOfSync"},
    "operationState": {"phase": "Failed", "message": "one or more objects failed to apply"},
    "resources": [
        {"kind": "Secret", "namespace": "infisical", "name": "redis", "health": {"status": "Healthy"}},
        {
            "kind": "Deployment",
            "namespace": "infisical",
            "name": "server",
            "health": {"status": "Degraded", "message": "exceeded its progress deadline"},
        },
    ],
}


async def _late(fake_infisical: FakeInfisical, cluster: FakeCluster) -> tuple[str, list[str]]:
    """The error and the progress of an update whose server never answers."""
    stack = Stack(fake_infisical, email=EMAIL, password=PASSWORD, organization="homelab", kubeconfig=cluster.kubeconfig)
    with pytest.raises(Blocked) as raised:
        await stack.up([INSTALLED], Scripted(httpx2.ConnectError("refused")))
    return str(raised.value), stack.log.progress


async def test_the_conditions_and_the_health_of_the_application_are_shown(fake_infisical: FakeInfisical) -> None:
    with FakeCluster() as cluster:
        cluster.objects[APPLICATION] = {"spec": {}, "status": REFUSED}

        message, progress = await _late(fake_infisical, cluster)

    condition = "InvalidSpecError: Application referencing project x which does not exist"
    assert (
        "Argo CD reports about the Application argocd/infisical:\n"
        f"  - {condition}\n  - health: Unknown\n  - sync: Unknown\n"
    ) in message
    assert "kubectl describe application.argoproj.io infisical -n argocd" in message
    assert "raise `homelab:infisical.startSeconds`" in message
    assert progress[1] == (
        f"waiting for Infisical at {fake_infisical.url}: 1 s of at most 60 s; "
        f"Argo CD: {condition}; health: Unknown; sync: Unknown"
    )


async def test_a_failed_sync_and_unhealthy_objects_are_shown(fake_infisical: FakeInfisical) -> None:
    with FakeCluster() as cluster:
        cluster.objects[APPLICATION] = {"spec": {}, "status": DEGRADED}

        message, _ = await _late(fake_infisical, cluster)

    assert "  - last sync operation: Failed, one or more objects failed to apply\n" in message
    assert "  - Deployment infisical/server: Degraded, exceeded its progress deadline\n" in message
    assert "Secret infisical/redis" not in message


async def test_a_password_of_the_chart_in_a_condition_is_hidden(fake_infisical: FakeInfisical) -> None:
    values = {"postgresql": {"auth": {"password": "canary-of-the-database"}}}
    condition = {"type": "ComparisonError", "message": "helm template failed: canary-of-the-database"}
    with FakeCluster() as cluster:
        spec = {"source": {"helm": {"valuesObject": values}}}
        cluster.objects[APPLICATION] = {"spec": spec, "status": {"conditions": [condition]}}

        message, progress = await _late(fake_infisical, cluster)

    assert "ComparisonError: helm template failed: " in message
    assert "canary" not in message + str(progress)


@pytest.mark.parametrize(
    ("prepare", "expected"),
    [
        (lambda cluster: None, "the Application was not found"),
        (lambda cluster: cluster.objects.update({APPLICATION: {"spec": {}}}), "no status yet; check that Argo CD runs"),
        (lambda cluster: cluster.refused.add(APPLICATION), "the Application could not be read: The Kubernetes API"),
    ],
    ids=["missing", "no status", "forbidden"],
)
async def test_an_application_without_a_status_does_not_hide_that_infisical_does_not_answer(
    fake_infisical: FakeInfisical, prepare: Callable[[FakeCluster], None], expected: str
) -> None:
    with FakeCluster() as cluster:
        prepare(cluster)

        message, _ = await _late(fake_infisical, cluster)

    assert message.startswith(f"Infisical at {fake_infisical.url} did not answer within 60 s.")
    assert expected in message


async def test_two_concurrent_programs_create_one_administrator(fake_infisical: FakeInfisical, stack: Stack) -> None:
    await stack.up([INSTANCE], Meanwhile("POST", BOOTSTRAP, lambda: bootstrap_by_hand(fake_infisical)))

    assert [it["status"] for it in fake_infisical.requests() if it["path"] == BOOTSTRAP] == [200, 400]
    assert stack.outputs("instance")["organizationId"]


async def test_a_bootstrap_whose_answer_is_lost_is_not_sent_twice(fake_infisical: FakeInfisical, stack: Stack) -> None:
    fake_infisical.order("close", path=BOOTSTRAP, after=False)

    with pytest.raises(InfisicalError, match="It was not sent again"):
        await stack.up([INSTANCE])

    assert paths(fake_infisical).count(BOOTSTRAP) == 1


async def test_a_server_with_an_empty_database_is_set_up_again(stack: Stack) -> None:
    await stack.up(SETUP)
    with FakeInfisical() as empty:
        stack.fake_infisical = empty

        await stack.up(SETUP)

        assert stack.steps == [("update", "instance"), ("update", "project")]
        assert stack.outputs("instance")["organizationId"] == Admin(empty.url).organization_id


async def test_deleting_the_resource_deletes_nothing(fake_infisical: FakeInfisical, stack: Stack) -> None:
    await stack.up([INSTANCE])
    before = len(fake_infisical.requests())

    await stack.up([])

    assert len(fake_infisical.requests()) == before
    assert "only the resource is removed from the stack" in stack.log.infos[-1]


async def test_an_instance_is_imported_by_the_organizations_name(fake_infisical: FakeInfisical, stack: Stack) -> None:
    bootstrap_by_hand(fake_infisical)

    await stack.up([Declared("Instance", "instance", imports="homelab")])

    assert stack.steps == [("import", "instance")]
    assert stack.outputs("instance")["organizationId"] == Admin(fake_infisical.url).organization_id
