"""An API server with temporary errors: requests are retried, and no change is missed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from sandbox.controlplane import ControlPlane
from tests.plugins.kubernetes.calling import Caller, CallFailed, caller_on
from tests.plugins.kubernetes.objects import Made, config_map, resource
from tests.troubled_api_server import (
    Applies,
    Trouble,
    TroubledApiServer,
    cut_off,
    refused,
    troubled_api_server,
    unanswered,
    watches,
)

HELD = "test.example/held"
AGAIN = refused(429, "TooManyRequests", "storage is (re)initializing", retry_after=0)
"""The answer to the first watch of a new kind."""
FREE = ("patch", "configmap", "it", "--type=json", "-p", '[{"op":"remove","path":"/metadata/finalizers"}]')


@pytest.fixture
def api_server(cluster: ControlPlane, tmp_path: Path) -> Iterator[TroubledApiServer]:
    with troubled_api_server(cluster.kubeconfig, tmp_path) as troubled:
        yield troubled


@pytest.fixture
async def caller(api_server: TroubledApiServer) -> AsyncIterator[Caller]:
    caller = await caller_on(api_server.kubeconfig)
    yield caller
    await caller.close()


def reads(method: str, path: str) -> bool:
    return method == "GET" and "/configmaps/it" in path


def writes(method: str, path: str) -> bool:
    return method in ("PATCH", "POST") and "/configmaps" in path


async def held(caller: Caller, namespace: str) -> Made:
    """An object that exists until its finalizer is removed."""
    manifest = config_map(namespace)
    manifest["metadata"]["finalizers"] = [HELD]
    return await resource(caller, manifest).create()


@pytest.mark.parametrize(
    "troubles",
    [
        pytest.param([(watches, AGAIN)] * 2, id="refused for now"),
        pytest.param([(watches, cut_off)] * 2, id="cut off"),
        pytest.param([(watches, cut_off), (reads, unanswered), (reads, unanswered)], id="away for a while"),
    ],
)
async def test_a_deletion_is_noticed_despite_a_broken_watch(
    api_server: TroubledApiServer,
    caller: Caller,
    cluster: ControlPlane,
    namespace: str,
    troubles: list[tuple[Applies, Trouble]],
) -> None:
    made = await held(caller, namespace)
    for applies, trouble in troubles:
        api_server.order(applies, trouble)

    async with asyncio.TaskGroup() as group:
        group.create_task(made.delete(seconds=60))
        await asyncio.to_thread(api_server.trouble_is_over)
        await asyncio.to_thread(cluster.kubectl.run, "-n", namespace, *FREE)

    assert cluster.kubectl.get("configmap", "it", namespace) is None


async def test_a_request_is_retried(
    api_server: TroubledApiServer, caller: Caller, cluster: ControlPlane, namespace: str
) -> None:
    api_server.order(writes, AGAIN)
    api_server.order(writes, AGAIN)

    await resource(caller, config_map(namespace)).create()

    api_server.trouble_is_over()
    assert cluster.kubectl.get("configmap", "it", namespace) is not None


async def test_a_refusal_without_retry_after_is_final(
    api_server: TroubledApiServer, caller: Caller, namespace: str
) -> None:
    api_server.order(writes, refused(429, "TooManyRequests", "not now"))

    with pytest.raises(CallFailed, match="not now"):
        await resource(caller, config_map(namespace)).create()


async def test_a_watch_that_is_refused_every_time_fails(
    api_server: TroubledApiServer, caller: Caller, namespace: str
) -> None:
    made = await held(caller, namespace)
    for _ in range(6):
        api_server.order(watches, AGAIN)

    with pytest.raises(CallFailed, match="initializing"):
        await made.delete(seconds=60)
