"""What the checks of several deliveries read: each store and each folder once, each app's objects once."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from sandbox.infisical.fake import FakeInfisical
from tests.infisical.deliveries import HELD, SEEDED, delivery, stack_for
from tests.infisical.fake_cluster import EXTERNAL_SECRET, SECRET, STORE, FakeCluster, FakeOperator
from tests.infisical.stack import Declared, Stack

CHECKS = 5
PROGRAM: list[Declared] = [*SEEDED, *(replace(delivery(), name=f"delivery-{number}") for number in range(CHECKS))]


@pytest.fixture
async def stack(fake_infisical: FakeInfisical, cluster: FakeCluster) -> Stack:
    """A stack whose deliveries are complete."""
    FakeOperator(cluster, dict(HELD))
    stack = stack_for(fake_infisical, cluster.kubeconfig)
    await stack.up(PROGRAM)
    cluster.requests.clear()
    return stack


async def test_a_preview_without_changes_reads_a_store_once_and_each_app_once(
    stack: Stack, cluster: FakeCluster
) -> None:
    await stack.preview(PROGRAM)

    assert Counter(request.path for request in cluster.requests) == {
        STORE: 1,
        EXTERNAL_SECRET: CHECKS,
        SECRET: CHECKS,
    }


async def test_a_preview_without_changes_lists_a_folder_once_for_its_values_and_once_for_the_checks(
    stack: Stack, fake_infisical: FakeInfisical
) -> None:
    before = len(fake_infisical.requests())

    await stack.preview(PROGRAM)

    paths = [request["path"].partition("?")[0] for request in fake_infisical.requests()[before:]]
    assert paths.count("/api/v4/secrets") == 2


async def test_a_store_that_is_not_ready_is_read_by_each_check(stack: Stack, cluster: FakeCluster) -> None:
    cluster.objects[STORE]["status"] = {}

    await stack.preview(PROGRAM)

    paths = [request.path for request in cluster.requests]
    assert paths.count(STORE) == paths.count(SECRET) >= CHECKS
