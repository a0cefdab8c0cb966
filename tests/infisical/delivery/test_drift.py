"""Every command checks a delivery: an update repairs it, a refresh reports, a preview neither waits nor writes."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from infisical.api.errors import InfisicalError
from infisical.delivery.report import NotDelivered
from infisical.properties import UNKNOWN
from sandbox.infisical.fake import FakeInfisical
from tests.infisical.admin import Admin
from tests.infisical.deliveries import HELD, program, stack_for
from tests.infisical.fake_cluster import EXTERNAL_SECRET, FAILED, SECRET, FakeCluster, FakeOperator
from tests.infisical.stack import Stack


class Plane:
    """A stack whose delivery is complete."""

    def __init__(self, stack: Stack, operator: FakeOperator) -> None:
        self.stack, self.operator, self.cluster = stack, operator, operator.cluster

    @property
    def admin(self) -> Admin:
        return Admin(self.stack.fake_infisical.url)

    @property
    def project_id(self) -> str:
        project_id: str = self.stack.outputs("project")["projectId"]
        return project_id


@pytest.fixture
async def plane(fake_infisical: FakeInfisical, cluster: FakeCluster) -> Plane:
    stack = stack_for(fake_infisical, cluster.kubeconfig)
    plane = Plane(stack, FakeOperator(cluster, dict(HELD)))
    await stack.up(program())
    cluster.requests.clear()
    return plane


Break = Callable[[Plane], object]


def secret_edited(plane: Plane) -> None:
    plane.operator.hold({**HELD, "admin-password": "by-hand"})


def secret_key_gone(plane: Plane) -> None:
    plane.operator.hold({key: value for key, value in HELD.items() if key != "admin-user"})


def secret_gone(plane: Plane) -> None:
    del plane.cluster.objects[SECRET]


def value_changed(plane: Plane) -> None:
    plane.admin.set_secret(plane.project_id, "PASSWORD", "changed-in-infisical")
    plane.operator.values["admin-password"] = "changed-in-infisical"


def sync_failed(plane: Plane) -> None:
    plane.operator.external_secret["status"].update(FAILED)


def declaration_not_synced(plane: Plane) -> None:
    plane.operator.external_secret["metadata"]["generation"] = 2


def store_failed(plane: Plane) -> None:
    plane.operator.store(False)
    plane.operator.heals_store = True


BREAKS: list[Break] = [
    secret_edited,
    secret_key_gone,
    secret_gone,
    value_changed,
    sync_failed,
    declaration_not_synced,
    store_failed,
]


@pytest.mark.parametrize("break_it", BREAKS, ids=lambda it: it.__name__)
async def test_an_update_without_changes_repairs_a_broken_delivery(plane: Plane, break_it: Break) -> None:
    break_it(plane)

    await plane.stack.up(program())

    assert plane.stack.steps == [("update", "delivery")]
    assert plane.stack.outputs("delivery")["delivered"]
    assert plane.cluster.writes
    await plane.stack.up(program())
    assert plane.stack.steps == []


@pytest.mark.parametrize("break_it", BREAKS, ids=lambda it: it.__name__)
async def test_a_preview_shows_a_broken_delivery_and_writes_nothing(plane: Plane, break_it: Break) -> None:
    break_it(plane)

    outputs = await plane.stack.preview(program())

    assert plane.stack.steps == [("update", "delivery")]
    assert outputs["delivery"]["delivered"] is UNKNOWN
    assert plane.cluster.writes == []


async def test_a_preview_of_a_complete_delivery_reads_the_cluster_and_shows_nothing(plane: Plane) -> None:
    outputs = await plane.stack.preview(program())

    assert plane.stack.steps == []
    assert outputs["delivery"]["delivered"] is True
    assert plane.cluster.requests
    assert plane.cluster.writes == []


async def test_the_first_preview_needs_no_cluster(fake_infisical: FakeInfisical) -> None:
    stack = stack_for(fake_infisical, "/no/such/kubeconfig")

    outputs = await stack.preview(program())

    assert outputs["delivery"]["delivered"] is UNKNOWN
    assert stack.log.warnings == []


async def test_a_value_that_was_deleted_in_infisical_is_found(plane: Plane) -> None:
    plane.admin.delete("/api/v4/secrets/TOKEN", projectId=plane.project_id, environment="prod", secretPath="/")
    without_seed = [it for it in program() if it.name != "token"]

    with pytest.raises(NotDelivered, match="oauth_client_token: TOKEN does not exist in Infisical"):
        await plane.stack.up(without_seed)


async def test_a_delivery_that_stays_broken_fails_every_update(plane: Plane) -> None:
    plane.operator.fails = True
    sync_failed(plane)

    for _ in range(2):
        with pytest.raises(NotDelivered, match="SecretSyncedError"):
            await plane.stack.up(program())

    plane.operator.fails = False
    await plane.stack.up(program())
    assert plane.stack.outputs("delivery")["delivered"]


async def test_a_refresh_reports_a_broken_delivery_and_the_next_update_repairs_it(plane: Plane) -> None:
    secret_edited(plane)

    await plane.stack.refresh()

    assert plane.stack.outputs("delivery")["delivered"] is False
    assert "admin-password: the Secret's value differs from" in plane.stack.log.warnings[-1]
    assert plane.cluster.writes == []
    await plane.stack.up(program())
    assert plane.stack.outputs("delivery")["delivered"] is True


async def test_a_refresh_of_a_complete_delivery_shows_no_drift(plane: Plane) -> None:
    plane.operator.sync()
    plane.operator.external_secret["status"]["refreshTime"] = "2026-11-22T07:00:00Z"

    await plane.stack.refresh()

    assert plane.stack.steps == []


async def test_a_refresh_without_a_cluster_reports_that_nothing_is_verified(plane: Plane) -> None:
    plane.cluster.stop()

    await plane.stack.refresh()

    assert plane.stack.outputs("delivery")["delivered"] is False
    assert "Kubernetes API unreachable at" in plane.stack.log.warnings[-1]


async def test_a_preview_without_a_cluster_warns_and_shows_no_change(plane: Plane) -> None:
    plane.cluster.stop()

    outputs = await plane.stack.preview(program())

    assert plane.stack.steps == []
    assert outputs["delivery"]["delivered"] is True
    assert "Kubernetes API unreachable at" in plane.stack.log.warnings[-1]


async def test_a_preview_continues_if_the_cluster_hangs(plane: Plane) -> None:
    plane.cluster.hang()

    await plane.stack.preview(program())

    assert plane.stack.steps == []
    assert "did not answer within 1.5 s" in plane.stack.log.warnings[-1]


async def test_a_preview_continues_if_infisical_hangs(plane: Plane) -> None:
    # Only requests of the delivery check: other resources have different time limits.
    plane.stack.fake_infisical.order("hang", times=99, path="/api/v4/secrets*", seconds=30)
    without_seeds = [it for it in program() if it.kind != "Secret"]

    await plane.stack.preview(without_seeds)

    assert plane.stack.steps == []
    assert any("did not answer within 1.5 s" in warning for warning in plane.stack.log.warnings)


async def test_an_update_fails_with_the_cause_if_the_cluster_hangs(plane: Plane) -> None:
    plane.stack.real_time()
    plane.cluster.hang()
    began = time.monotonic()

    with pytest.raises(NotDelivered, match=r"The Kubernetes API at .* did not answer within"):
        await plane.stack.up(program(declared="two", timeoutSeconds=2.0))

    assert time.monotonic() - began < 60


async def test_an_update_fails_with_the_cause_if_infisical_hangs(plane: Plane) -> None:
    plane.stack.real_time()
    plane.stack.fake_infisical.order("hang", times=99, path="/api/v4/secrets*", seconds=30)
    without_seeds = [it for it in program(declared="two", timeoutSeconds=2.0) if it.kind != "Secret"]

    with pytest.raises(NotDelivered, match=r"Infisical's values cannot be read: Infisical at .* did not answer within"):
        await plane.stack.up(without_seeds)


async def test_an_update_without_a_cluster_fails(plane: Plane) -> None:
    plane.cluster.stop()

    with pytest.raises(NotDelivered, match=r"Kubernetes API unreachable at"):
        await plane.stack.up(program(timeoutSeconds=2.0))


async def test_an_update_with_a_refused_login_fails(plane: Plane) -> None:
    plane.stack.configuration["password"] = "not-the-password"
    before = len(plane.stack.fake_infisical.requests())

    with pytest.raises(InfisicalError, match="Invalid credentials"):
        await plane.stack.up(program())

    logins = [it for it in plane.stack.fake_infisical.requests()[before:] if it["path"] == "/api/v3/auth/login"]
    assert len(logins) == 1, "bad logins are counted"


async def test_an_update_survives_a_temporarily_unavailable_cluster(plane: Plane) -> None:
    refusals = [EXTERNAL_SECRET]
    answer = plane.cluster.answer

    def busy_at_first(request: object) -> tuple[int, dict[str, object]]:
        if refusals:
            refusals.pop()
            return 503, {"kind": "Status", "reason": "ServiceUnavailable", "message": "busy"}
        return answer(request)  # type: ignore[arg-type]

    plane.cluster.answer = busy_at_first  # type: ignore[method-assign]

    await plane.stack.up(program(declared="two"))

    assert plane.stack.outputs("delivery")["delivered"]


async def test_deleting_the_resource_deletes_nothing(plane: Plane) -> None:
    await plane.stack.up([it for it in program() if it.kind != "Delivery"])

    assert plane.stack.steps == [("delete", "delivery")]
    assert plane.cluster.writes == []


async def test_the_state_contains_no_value_and_no_credential(plane: Plane) -> None:
    kept = str(plane.stack.outputs("delivery"))

    assert not [value for key, value in HELD.items() if key != "admin-user" and value in kept]
    assert "kubeconfig" not in kept
