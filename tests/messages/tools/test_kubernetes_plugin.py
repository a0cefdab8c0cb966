"""The messages of the Python kubernetes plugin: refusals, invalid inputs, and errors of a cluster."""

from __future__ import annotations

import asyncio
import copy
import re
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime.proto import provider_pb2

from plugins.kubernetes.cluster import writing
from plugins.kubernetes.cluster.discovery import Discovery
from plugins.kubernetes.cluster.errors import ApiError
from tests.messages.stories.book import assert_messages
from tests.plugins.kubernetes.calling import Caller, CallFailed
from tests.plugins.kubernetes.objects import Made, Manifest, config_map, external_secret, resource
from tooling.plugin.properties import to_struct

RANDOM = re.compile(r"pulumi-kubernetes-[0-9a-f]{8}")
SERVER = "https://127.0.0.1:1"
"""Nothing listens there."""

CONFIG_MAPS = "/api/v1/namespaces/n/configmaps"
SECRETS = "/apis/external-secrets.io/v1/namespaces/n/externalsecrets"
NAMESPACE = "/api/v1/namespaces/default"

KINDS = {
    "/api/v1": {
        "resources": [
            {"kind": "ConfigMap", "name": "configmaps", "namespaced": True},
            {"kind": "Namespace", "name": "namespaces", "namespaced": False},
        ]
    },
    "/apis/external-secrets.io/v1": {
        "resources": [{"kind": "ExternalSecret", "name": "externalsecrets", "namespaced": True}]
    },
}

Messages = list[tuple[str, str]]


class FakeConnection:
    """An API server whose answers are given: `METHOD path` to a body or an error."""

    def __init__(self, answers: Mapping[str, Any], events: list[tuple[str, Manifest]]) -> None:
        self._answers = {"GET /version": {}, **answers}
        self._events = events

    async def request(self, method: str, path: str, **_: Any) -> Any:
        answer = KINDS.get(path) or self._answers.get(f"{method} {path}", ApiError(404, {"message": "not found"}))
        if isinstance(answer, Exception):
            raise answer
        return copy.deepcopy(answer)

    @asynccontextmanager
    async def watch(self, path: str, query: Mapping[str, str]) -> AsyncIterator[AsyncIterator[tuple[str, Manifest]]]:
        yield self._watch()

    async def _watch(self) -> AsyncIterator[tuple[str, Manifest]]:
        for event in self._events:
            yield event
        await asyncio.Event().wait()


async def on(answers: Mapping[str, Any], events: list[tuple[str, Manifest]] | None = None) -> Caller:
    """A provider on an API server with these answers."""
    caller = Caller()
    await caller.configure(kubeconfig=kubeconfig())
    connection: Any = FakeConnection(answers, events or [])
    caller.provider._cluster._connection = connection
    caller.provider._cluster._discovery = Discovery(connection)
    return caller


def kubeconfig(user: str = "{token: t}", context: str = "c") -> str:
    return (
        f"current-context: {context}\ncontexts: [{{name: c, context: {{cluster: k, user: u}}}}]\n"
        f"clusters: [{{name: k, cluster: {{server: '{SERVER}'}}}}]\nusers: [{{name: u, user: {user}}}]\n"
    )


def live(manifest: Manifest, **metadata: Any) -> Manifest:
    added = {"uid": "u", "resourceVersion": "1", **metadata}
    return {**manifest, "metadata": {**manifest["metadata"], **added}}


def existing(caller: Caller, manifest: Manifest, *, patch: bool = False) -> Made:
    """A resource whose object was created before."""
    made = resource(caller, manifest, patch=patch)
    made.id = f"n/{manifest['metadata']['name']}"
    made.state.CopyFrom(to_struct({**live(manifest), "__inputs": manifest, "__fieldManager": "MANAGER"}))
    return made


async def error(call: Awaitable[object], caller: Caller | None = None) -> str:
    """The error of a call, after its warnings."""
    with pytest.raises(CallFailed) as caught:
        await call
    before = f"{warnings(caller)}\n" if caller else ""
    return RANDOM.sub("MANAGER", f"{before}error: {caught.value.message}")


def warnings(caller: Caller) -> str:
    return "\n".join(f"{severity}: {text}" for severity, text in caller.log.messages)


async def refusals(monkeypatch: pytest.MonkeyPatch) -> Messages:
    offline = Caller()
    deployment = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "it"}}
    chart = Made(offline, "kubernetes:helm.sh/v3:Release", {"chart": "argo-cd"})
    function = provider_pb2.InvokeRequest(tok="kubernetes:yaml:decode")
    waiting = external_secret("n", **{"pulumi.com/waitFor": "jsonpath={.status.phase}"})
    with monkeypatch.context() as patched:
        patched.setenv("PULUMI_K8S_CLIENT_QPS", "50")
        variable = await error(Caller().configure())
    return [
        ("A kind that the plugin does not manage", await error(resource(offline, deployment).check())),
        ("A Helm chart", await error(chart.check())),
        ("A function", await error(offline.call("Invoke", function))),
        ("renderYamlToDirectory", await error(Caller().configure(renderYamlToDirectory="yaml"))),
        ("An option in the environment", variable),
        ("Client-side apply", await error(Caller().configure(enableServerSideApply="false"))),
        ("A wait for a JSON path", await error(resource(offline, waiting).check())),
        (
            "A call of a method",
            await error(offline.call("Call", provider_pb2.CallRequest(tok="kubernetes:yaml/v2:Config/list"))),
        ),
    ]


async def invalid_inputs() -> Messages:
    offline = Caller()
    unnamed = {"apiVersion": "v1", "kind": "ConfigMap"}
    autonaming = provider_pb2.CheckRequest.AutonamingOptions
    request = provider_pb2.CheckRequest(type="kubernetes:core/v1:ConfigMap", name="it", news=to_struct(unnamed))
    request.autonaming.CopyFrom(autonaming(mode=autonaming.Mode.Value("DISABLE")))
    generated = {**unnamed, "metadata": {"generateName": "it-"}}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "it"}, "stringData": {"port": 5432}}
    marked = config_map("n")
    marked["metadata"]["annotations"] = {"pulumi.com/autonamed": "true"}
    await resource(offline, marked).check()
    return [
        ("The internal annotation of autonamed objects", warnings(offline)),
        ("An object without a kind", await error(resource(offline, {**config_map("n"), "kind": ""}).check())),
        ("A patch without a name", await error(resource(offline, unnamed, patch=True).check())),
        ("An object without a name, and no autonaming", await error(offline.call("Check", request))),
        ("generateName", await error(resource(offline, generated).check())),
        ("A number in stringData", await error(resource(offline, secret).check())),
        ("An import of an empty ID", await error(Made(await on({}), "kubernetes:core/v1:Secret", {}).read())),
    ]


async def unreachable(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Messages:
    async def create(config: str, **options: str) -> str:
        caller = Caller()
        await caller.configure(kubeconfig=config, **options)
        return await error(resource(caller, config_map("n")).create())

    async def away(**options: str) -> Caller:
        caller = Caller()
        await caller.configure(kubeconfig=kubeconfig(), **options)
        return caller

    plugin = folder / "plugin"
    plugin.write_text("#!/bin/sh\necho no token\n")
    plugin.chmod(0o700)
    executed = f"{{exec: {{apiVersion: client.authentication.k8s.io/v1, command: {plugin}}}}}"
    reading, deleting, forgetting = await away(), await away(), await away(deleteUnreachable="true")
    await existing(forgetting, config_map("n")).read()
    changed = provider_pb2.DiffRequest(
        olds=to_struct({"kubeconfig": "[]"}), news=to_struct({"kubeconfig": kubeconfig()})
    )
    with monkeypatch.context() as patched:
        patched.setenv("KUBECONFIG", str(folder / "none"))
        missing = await create("")
    return [
        ("No kubeconfig", missing),
        ("A kubeconfig that is not YAML", await create("clusters: [")),
        ("A comparison with such a kubeconfig", await error(Caller().call("DiffConfig", changed))),
        ("A context that does not exist", await create(kubeconfig(), context="production")),
        ("An exec plugin without a token", await create(kubeconfig(executed))),
        (
            "A missing client certificate",
            await create(kubeconfig("{client-certificate: /none/a.crt, client-key: /none/a.key}")),
        ),
        ("No answer to a creation", await create(kubeconfig())),
        ("No answer to a refresh", await error(existing(reading, config_map("n")).read(), reading)),
        ("No answer to a deletion", await error(existing(deleting, config_map("n")).delete(), deleting)),
        ("No answer to a refresh, with deleteUnreachable", warnings(forgetting)),
    ]


async def creations_and_updates(monkeypatch: pytest.MonkeyPatch) -> Messages:
    # An unknown kind is otherwise retried for half a minute.
    monkeypatch.setattr(writing, "CREATE_RETRIES", 0)
    inputs, item = config_map("n"), f"{CONFIG_MAPS}/it"
    exists = ApiError(409, {"reason": "AlreadyExists", "message": 'configmaps "it" already exists'})
    other = 'Apply failed with 1 conflict: conflict with "kubectl-edit" using v1: .data.key'
    conflict = ApiError(409, {"reason": "Conflict", "message": other})
    gone = ApiError(404, {"reason": "NotFound", "message": 'configmaps "it" not found'})
    unknown = {**inputs, "apiVersion": "test.example/v1", "kind": "Thing"}
    waiting = external_secret("n", **{"pulumi.com/waitFor": "condition=Ready"})
    created = {f"POST {SECRETS}": live(waiting)}
    interrupted = await on(created)
    interrupted.provider.cancel_all()
    missing = await on({f"GET {item}": gone})
    conflicting = await on({f"GET {item}": live(inputs), f"PATCH {item}": conflict})

    async def create(manifest: Manifest, answers: Mapping[str, Any], events: Any = None) -> str:
        return await error(resource(await on(answers, events), manifest).create(seconds=0.1))

    return [
        ("A creation of an existing object", await create(inputs, {f"POST {CONFIG_MAPS}": exists})),
        ("A creation of an unknown kind", await create(unknown, {})),
        ("An object that is not ready in time", await create(waiting, created)),
        ("An object that is deleted meanwhile", await create(waiting, created, [("DELETED", live(waiting))])),
        ("An interrupt", await error(resource(interrupted, waiting).create())),
        ("An update with a field conflict", await error(existing(conflicting, inputs).update(inputs))),
        (
            "An update of a missing object",
            await error(existing(missing, inputs).update(inputs)),
        ),
        ("An update of an unknown kind", await error(existing(await on({}), unknown).update(unknown))),
    ]


async def deletions() -> Messages:
    inputs, item = config_map("n"), f"{CONFIG_MAPS}/it"
    held = live(inputs, finalizers=["test.example/hold"], deletionTimestamp="2026-01-01T00:00:00Z")
    holding = await on({f"DELETE {item}": held})
    causes = [{"reason": "FieldValueRequired", "field": "spec.provider"}]
    required = ApiError(422, {"reason": "Invalid", "details": {"causes": causes}})
    patched = await on({f"GET {item}": live(inputs), f"PATCH {item}": required})
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default"}}
    refused = ApiError(403, {"message": 'namespaces "default" is forbidden: this namespace may not be deleted'})
    answers = {"GET": live(namespace), "PATCH": live(namespace), "DELETE": refused}
    forbidden = await on({f"{method} {NAMESPACE}": answer for method, answer in answers.items()})
    await existing(forbidden, namespace).delete()
    return [
        ("A finalizer", await error(existing(holding, inputs).delete(seconds=0.1), holding)),
        ("A patch with a required field", await error(existing(patched, inputs, patch=True).delete())),
        ("The namespace default", warnings(forbidden)),
    ]


async def test_every_message_of_the_kubernetes_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    messages = [
        *await refusals(monkeypatch),
        *await invalid_inputs(),
        *await unreachable(tmp_path, monkeypatch),
        *await creations_and_updates(monkeypatch),
        *await deletions(),
    ]

    assert_messages("kubernetes_plugin", [(title, text.replace(str(tmp_path), "FOLDER")) for title, text in messages])
