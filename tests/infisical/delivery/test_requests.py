"""What the checks of many apps read: lists that they share, and while they wait, each app's own objects."""

from __future__ import annotations

import copy
from collections import Counter

import pytest

from infisical.delivery.listed import EXTERNAL_SECRETS, Listed
from infisical.delivery.objects import LISTED_SECONDS
from sandbox.infisical.fake import FakeInfisical
from tests.infisical.clock import TestClock
from tests.infisical.deliveries import HELD, SEEDED, delivery, stack_for
from tests.infisical.fake_cluster import (
    EXTERNAL_SECRET,
    MANAGED,
    NAME,
    NAMESPACE,
    SECRET,
    STORE,
    FakeCluster,
    FakeOperator,
)
from tests.infisical.fake_cluster import EXTERNAL_SECRETS as LIST
from tests.infisical.fake_cluster import SECRETS as SECRET_LIST
from tests.infisical.fake_cluster import STORES as STORE_LIST
from tests.infisical.stack import Declared
from tooling.kubernetes.connection import Connection
from tooling.kubernetes.kubeconfig import find_access

SIZES = (2, 8)
LISTS = {LIST: 1, STORE_LIST: 1, SECRET_LIST: 1}


class Apps:
    """A stack with some apps, and an operator that syncs each of them at once."""

    def __init__(self, fake_infisical: FakeInfisical, cluster: FakeCluster, count: int) -> None:
        self.infisical, self.cluster = fake_infisical, cluster
        self.stack = stack_for(fake_infisical, cluster.kubeconfig)
        self.names = [f"app-{number}-secret" for number in range(count)]
        self.program: list[Declared] = [
            *SEEDED,
            *(Declared("Delivery", name, {**delivery().inputs, "name": name}) for name in self.names),
        ]
        self._operator = FakeOperator(cluster, dict(HELD))
        for name in self.names:
            cluster.objects[EXTERNAL_SECRET.replace(NAME, name)] = copy.deepcopy(self._operator.external_secret)
        cluster.on_annotate = self._sync

    def _sync(self, path: str) -> None:
        self._operator.sync()
        self.cluster.objects[path]["status"] = copy.deepcopy(self._operator.external_secret["status"])
        name = path.rpartition("/")[2]
        self.cluster.objects[SECRET.replace(NAME, name)] = copy.deepcopy(self.cluster.objects[SECRET])

    def requests(self) -> Counter[str]:
        """Those to the API server, by path. The names of apps are left out."""
        paths = Counter[str]()
        for request in self.cluster.requests:
            name = request.path.rpartition("/")[2]
            own = request.path.replace(name, "APP") if name in self.names else request.path
            paths[own if request.method == "GET" else f"{request.method} {own}"] += 1
        return paths

    def folder_lists(self) -> int:
        paths = [request["path"].partition("?")[0] for request in self.infisical.requests()]
        return paths.count("/api/v4/secrets")

    async def delivered(self) -> Apps:
        await self.stack.up(self.program)
        self.cluster.requests.clear()
        return self


@pytest.fixture(params=SIZES)
def apps(request: pytest.FixtureRequest, fake_infisical: FakeInfisical, cluster: FakeCluster) -> Apps:
    return Apps(fake_infisical, cluster, request.param)


async def test_a_preview_lists_each_kind_once_for_any_number_of_apps(apps: Apps) -> None:
    await apps.delivered()

    await apps.stack.preview(apps.program)

    assert apps.stack.steps == []
    assert apps.requests() == LISTS


async def test_a_preview_lists_a_folder_of_infisical_once_for_its_values_and_the_checks(apps: Apps) -> None:
    await apps.delivered()
    before = apps.folder_lists()

    await apps.stack.preview(apps.program)

    assert apps.folder_lists() - before == 1


async def test_an_update_without_changes_lists_each_kind_once(apps: Apps) -> None:
    await apps.delivered()

    await apps.stack.up(apps.program)

    assert apps.stack.steps == []
    assert apps.requests() == LISTS


async def test_a_refresh_lists_each_kind_once(apps: Apps) -> None:
    await apps.delivered()

    await apps.stack.refresh()

    assert apps.stack.steps == []
    assert apps.requests() == LISTS


async def test_the_first_update_reads_each_app_before_and_after_its_sync(apps: Apps) -> None:
    await apps.stack.up(apps.program)

    external_secret, secret = EXTERNAL_SECRET.replace(NAME, "APP"), SECRET.replace(NAME, "APP")
    count = len(apps.names)
    assert apps.requests() == {
        STORE: 1,
        external_secret: 2 * count,
        secret: 2 * count,
        f"PATCH {external_secret}": count,
    }


async def test_the_first_update_lists_a_folder_of_infisical_once(apps: Apps) -> None:
    await apps.stack.up(apps.program)

    assert apps.folder_lists() == 1


async def test_while_the_operator_does_nothing_the_secret_is_not_read_again(
    fake_infisical: FakeInfisical, cluster: FakeCluster
) -> None:
    operator = FakeOperator(cluster, dict(HELD))
    requested = iter(range(100))
    cluster.on_annotate = lambda path: operator.act(path) if next(requested) >= 1 else None

    await stack_for(fake_infisical, cluster.kubeconfig).up([*SEEDED, delivery()])

    paths = Counter(request.path for request in cluster.requests if request.method == "GET")
    assert paths[SECRET] == 2
    assert paths[EXTERNAL_SECRET] > 5


async def test_without_the_permission_to_list_each_object_is_read_by_itself(apps: Apps) -> None:
    await apps.delivered()
    apps.cluster.refused.update(LISTS)

    await apps.stack.preview(apps.program)

    assert apps.stack.steps == []
    assert apps.stack.log.warnings == []
    own = {EXTERNAL_SECRET.replace(NAME, "APP"): len(apps.names), SECRET.replace(NAME, "APP"): len(apps.names)}
    assert apps.requests() == {**LISTS, STORE: 1, **own}


async def test_a_secret_without_the_operators_label_is_read_by_itself(apps: Apps) -> None:
    await apps.delivered()
    unlabelled = SECRET.replace(NAME, apps.names[0])
    del apps.cluster.objects[unlabelled]["metadata"]["labels"]

    await apps.stack.preview(apps.program)

    assert apps.stack.steps == []
    assert apps.requests() == {**LISTS, SECRET.replace(NAME, "APP"): 1}


async def test_only_the_operators_secrets_are_listed(apps: Apps) -> None:
    await apps.delivered()

    await apps.stack.preview(apps.program)

    (listed,) = [request for request in apps.cluster.requests if request.path == SECRET_LIST]
    assert listed.query["labelSelector"] == ",".join(f"{key}={value}" for key, value in MANAGED.items())


async def test_a_store_that_is_not_ready_is_no_reason_for_more_requests(apps: Apps) -> None:
    await apps.delivered()
    apps.cluster.objects[STORE]["status"] = {}

    await apps.stack.preview(apps.program)

    assert apps.requests() == LISTS


async def test_a_list_is_read_again_once_it_is_too_old(cluster: FakeCluster) -> None:
    FakeOperator(cluster, {})
    clock, connection = TestClock(), Connection(find_access(cluster.kubeconfig, ""))
    listed = Listed(EXTERNAL_SECRETS, clock)

    async def generation() -> int:
        path = EXTERNAL_SECRETS.path(NAMESPACE, NAME)
        found = await listed.find(path, connection, clock.now() - LISTED_SECONDS)
        assert found is not None
        return int(found["metadata"]["generation"])

    assert await generation() == 1
    cluster.objects[EXTERNAL_SECRET]["metadata"]["generation"] = 2
    await clock.sleep(LISTED_SECONDS)
    assert await generation() == 1
    await clock.sleep(1)
    assert await generation() == 2
    await connection.close()
