"""The recorded runs from their first call to the last, against a real API server."""

from __future__ import annotations

import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
from pulumi.runtime.proto import provider_pb2

from sandbox.controlplane import ControlPlane
from tests.plugins.kubernetes.calling import Caller, caller_on
from tests.plugins.kubernetes.objects import live
from tests.plugins.kubernetes.recorded.replaying import Replay, steps
from tests.waiting import PATIENCE_SECONDS
from tooling.kubernetes.kubectl import KubectlError

WIDGETS = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "widgets.refdemo.example.com"},
    "spec": {
        "group": "refdemo.example.com",
        "scope": "Namespaced",
        "names": {"kind": "Widget", "plural": "widgets", "singular": "widget", "listKind": "WidgetList"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "properties": {
                            "spec": {
                                "type": "object",
                                "properties": {
                                    "size": {"type": "integer", "minimum": 1},
                                    "color": {"type": "string", "default": "blue"},
                                    "tags": {"type": "array", "items": {"type": "string"}},
                                },
                            }
                        },
                    }
                },
            }
        ],
    },
}


@pytest.fixture
async def mutable(cluster: ControlPlane) -> AsyncIterator[Caller]:
    caller = await caller_on(cluster.kubeconfig, enableSecretMutable="true")
    yield caller
    await caller.close()


@pytest.fixture
async def plain(cluster: ControlPlane) -> AsyncIterator[Caller]:
    caller = await caller_on(cluster.kubeconfig)
    yield caller
    await caller.close()


async def play(replay: Replay, run: str, before: dict[str, Callable[[], None]] | None = None) -> None:
    for step, calls in steps(run).items():
        if before and step in before:
            before[step]()
        assert await replay.play(calls) == []


async def test_the_homelab_run(cluster: ControlPlane, mutable: Caller, plain: Caller) -> None:
    kubectl = cluster.kubectl.run
    kubectl("create", "namespace", "rec-argocd")
    kubectl(
        *("-n", "rec-argocd", "create", "secret", "generic", "argocd-secret"),
        *("--from-literal=admin.password=foreign2", "--from-literal=server.secretkey=foreign"),
    )

    def drift() -> None:
        kubectl("-n", "rec-authentik", "label", "externalsecret", "authentik-secret", "drift=yes")
        patch = '{"spec":{"target":{"deletionPolicy":"Delete"}}}'
        kubectl("-n", "rec-authentik", "patch", "externalsecret", "authentik-secret", "--type=merge", "-p", patch)

    def exists() -> None:
        kubectl("create", "namespace", "rec-infisical")

    replay = Replay({"ambient": plain}, mutable)
    await play(replay, "homelab", {"homelab-019-drift-refresh-preview": drift, "homelab-028-exists-up": exists})

    left = live(cluster, "secret", "argocd-secret", "rec-argocd")
    assert sorted(left["data"]) == ["admin.password", "server.secretkey"]


async def test_the_awaiting_run(cluster: ControlPlane, mutable: Caller) -> None:
    with operator(cluster, ("clustersecretstore/rec-wait",), ("-n", "rec-app", "externalsecret/app-secret")):
        await play(Replay({}, mutable), "await")

    assert mutable.log.statuses.count("Has no .status.conditions") == 2


@contextmanager
def operator(cluster: ControlPlane, *objects: tuple[str, ...]) -> Iterator[None]:
    """What the real operator does to the objects that are waited for: it says that they are ready."""
    over = threading.Event()
    ready = json.dumps({"status": {"conditions": [{"type": "Ready", "status": "True"}]}})

    def work() -> None:
        waiting = list(objects)
        while waiting and not over.is_set():
            for name in list(waiting):
                patch = ("patch", "--subresource=status", "--field-manager=eso", "--type=merge", "-p", ready)
                with suppress(KubectlError):
                    cluster.kubectl.run(*name[:-1], *patch, name[-1])
                    waiting.remove(name)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


async def test_the_run_with_conflicts_and_patches(cluster: ControlPlane, plain: Caller) -> None:
    kubectl = cluster.kubectl.run
    cluster.kubectl.apply(WIDGETS)
    kubectl("wait", f"--timeout={PATIENCE_SECONDS}s", "--for=condition=Established", "crd/widgets.refdemo.example.com")
    calls = steps("demo-k8s")
    first = [call.request for call in calls["demo-k8s-063-2-update-up"] if call.method == "Diff"]
    replay = Replay({}, plain)
    widget = await create_all(plain, replay, first)

    def someone_else() -> None:
        patch = '{"spec":{"size":7}}'
        arguments = ("--field-manager=other-manager", "--type=merge", "-p", patch)
        kubectl("-n", "pulumi-ref", "patch", "widget", "widget", *arguments)
        kubectl("-n", "pulumi-ref", "delete", "configmap", "ambient")

    def outside() -> None:
        kubectl("-n", "pulumi-ref", "create", "configmap", "outside", "--from-literal=own=1")

    assert await replay.play(calls["demo-k8s-063-2-update-up"]) == []
    someone_else()
    await replay.refresh(widget)
    assert await replay.play(calls["demo-k8s-069-2-force-up"]) == []
    await replay.update(widget, lambda inputs: inputs["spec"].update(size=4))
    outside()
    assert await replay.play(calls["demo-k8s-077-2-patch-up"]) == []


async def create_all(
    caller: Caller, replay: Replay, requests: list[provider_pb2.DiffRequest]
) -> provider_pb2.DiffRequest:
    """Create what the run had made before its first recorded step; the request about the widget."""
    for request in sorted(requests, key=lambda request: not request.urn.endswith("::ns")):
        if not replay.knows(request.urn):
            create = provider_pb2.CreateRequest(urn=request.urn, type=request.type, name=request.name)
            create.properties.CopyFrom(request.olds.fields["__inputs"].struct_value)
            replay.keep(request.urn, (await caller.call("Create", create)).properties)
    return next(request for request in requests if request.urn.endswith("::widget"))
