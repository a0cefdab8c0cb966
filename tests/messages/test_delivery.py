"""The messages of the delivery check: its findings, its reports, and errors of the cluster."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from infisical.cluster import Cluster
from infisical.failures import FAILURES
from sandbox.infisical.fake import FakeInfisical
from tests.infisical.admin import Admin, at
from tests.infisical.deliveries import HELD, KEYS, SEEDED, delivery, program, stack_for
from tests.infisical.fake_cluster import EXTERNAL_SECRET, STORE, TOKEN, FakeCluster, FakeOperator
from tests.infisical.programs import secret
from tests.infisical.stack import Declared
from tests.messages.stories.book import assert_messages
from tooling.kubernetes.connection import Connection
from tooling.kubernetes.errors import KubernetesError
from tooling.kubernetes.kubeconfig import Access

Messages = list[tuple[str, str]]

GENERATED = {"generator": "Password monitoring/web"}


class Delivered:
    """A fake cluster with a fake operator, and a stack that delivers to it."""

    def __init__(self, fake: FakeInfisical, cluster: FakeCluster) -> None:
        self.cluster = cluster
        self.operator = FakeOperator(cluster, dict(HELD))
        self.stack = stack_for(fake, cluster.kubeconfig)

    async def error(self, declared: list[Declared] | None = None) -> str:
        with pytest.raises(FAILURES) as raised:
            await self.stack.up(declared or program(timeoutSeconds=5.0))
        return self.stable(f"error: {raised.value}")

    def warning(self) -> str:
        return self.stable(f"warning: {self.stack.log.warnings[-1]}")

    def stable(self, text: str) -> str:
        return text.replace(self.cluster.url, "https://cluster.test").replace(
            self.stack.fake_infisical.url, "http://infisical.test"
        )


@contextmanager
def delivered(fake: FakeInfisical) -> Iterator[Delivered]:
    with FakeCluster() as cluster:
        yield Delivered(fake, cluster)


def store_is_missing(it: Delivered) -> None:
    del it.cluster.objects[STORE]


def external_secret_is_missing(it: Delivered) -> None:
    del it.cluster.objects[EXTERNAL_SECRET]


def operator_is_stopped(it: Delivered) -> None:
    it.operator.sync()
    it.cluster.on_annotate = lambda path: None


def operator_is_behind(it: Delivered) -> None:
    operator_is_stopped(it)
    it.operator.external_secret["metadata"]["generation"] = 2


def operator_fails(it: Delivered) -> None:
    it.operator.fails = True
    it.cluster.warn("ExternalSecret", "grafana-secret", "403: permission denied on secret", "2026-11-22T06:00:00Z")


def store_is_not_ready(it: Delivered) -> None:
    operator_fails(it)
    it.operator.store(False)
    it.cluster.warn("ClusterSecretStore", "infisical", "project 'homelab' not found", "2026-11-22T06:00:00Z")


def secret_is_different(it: Delivered) -> None:
    it.operator.values = {"admin-password": "", "oauth_client_token": "wrong", "admin-user": "wrong"}


def secret_lacks_a_key(it: Delivered) -> None:
    del it.operator.values["admin-password"]


def events_are_forbidden(it: Delivered) -> None:
    it.operator.fails = True
    it.cluster.refused.add("/api/v1/namespaces/monitoring/events")


def reading_is_forbidden(it: Delivered) -> None:
    it.cluster.refused.add(EXTERNAL_SECRET)


def cluster_is_down(it: Delivered) -> None:
    it.cluster.stop()


def credentials_are_refused(it: Delivered) -> None:
    it.stack.configuration["kubeconfig"] = it.cluster.kubeconfig.replace(TOKEN, "expired")


def cluster_is_overloaded(it: Delivered) -> None:
    it.cluster.busy = 1000


def infisical_fails(it: Delivered) -> None:
    it.stack.fake_infisical.order("status", times=0, path="/api/v4/secrets*", status=500)


FAILING: dict[str, Callable[[Delivered], None]] = {
    "The ExternalSecret does not exist": external_secret_is_missing,
    "The store does not exist": store_is_missing,
    "The store is not Ready": store_is_not_ready,
    "The operator cannot read a secret": operator_fails,
    "The operator is stopped": operator_is_stopped,
    "The operator has not synced the latest change": operator_is_behind,
    "The Secret has different values": secret_is_different,
    "The Secret lacks a key": secret_lacks_a_key,
    "Events cannot be read": events_are_forbidden,
    "The ExternalSecret cannot be read": reading_is_forbidden,
    "The kubeconfig's credentials are refused": credentials_are_refused,
    "The API server is overloaded": cluster_is_overloaded,
    "The cluster is down": cluster_is_down,
}


async def about_failures(fake: FakeInfisical) -> Messages:
    messages = []
    for title, fail in FAILING.items():
        with delivered(fake) as it:
            fail(it)
            messages.append((title, await it.error()))
    missing = {"password": "/ABSENT", "token": "/EMPTY"}
    remedies = {"ABSENT": "run `pulumi config set --secret homelab:absent`"}
    with delivered(fake) as it:
        declared = [*SEEDED, secret("EMPTY", ""), delivery(keys=missing, literals={}, remedies=remedies)]
        messages.append(("Infisical has no value", await it.error(declared)))
    with delivered(fake) as it:
        await it.stack.up(program())
        infisical_fails(it)
        without_secrets = [each for each in program(declared="two", timeoutSeconds=5.0) if each.kind != "Secret"]
        messages.append(("Infisical's values cannot be read", await it.error(without_secrets)))
        fake.clear_faults()
    with delivered(fake) as it:
        it.operator.values = {**HELD, "url": "wrong", "conf": ""}
        template = {"url": "https://{{ .oauth_client_token }}", "conf": "{{ if .oauth_client_token }}a{{ end }}"}
        messages.append(("Composed values differ", await it.error(program(templates=template, timeoutSeconds=5.0))))
    elsewhere = {"keys": {}, "literals": {}, "uncomparedKeys": ["absent", "empty"], "timeoutSeconds": 5.0}
    for title, origin in (
        ("another store", {"otherStore": "ClusterSecretStore infisical"}),
        ("a generator", GENERATED),
    ):
        with delivered(fake) as it:
            it.operator.values = {"empty": ""}
            it.operator.sync()
            declared = [*SEEDED, delivery(**elsewhere, **origin)]
            messages.append((f"Keys of {title} have no value", await it.error(declared)))
    with delivered(fake) as it:
        store_is_missing(it)
        declared = [*SEEDED, delivery(**elsewhere, moreKeys=True, otherStore="ClusterSecretStore infisical")]
        messages.append(("A store of the owner does not exist", await it.error(declared)))
    with delivered(fake) as it:
        formed = program(
            properties={"admin-password": "user"},
            decodings={"oauth_client_token": "Base64"},
            wholeFolders=['{"path": "/", "include": "^NONE"}'],
            timeoutSeconds=5.0,
        )
        messages.append(("Values do not have the declared form", await it.error(formed)))
    with delivered(fake) as it:
        large = "x" * 700_000
        values = [secret("LARGE", large), secret("LARGE_TOO", large)]
        keys = {**KEYS, "cert": "/LARGE", "backup": "/LARGE_TOO"}
        messages.append(("The Secret would be too large", await it.error([*SEEDED, *values, delivery(keys=keys)])))
    with delivered(fake) as it:
        await it.stack.up(program())
        project_id = it.stack.outputs("project")["projectId"]
        Admin(fake.url).delete(f"/api/v1/projects/{project_id}")
        only = [each for each in program(declared="two", projectId=project_id) if each.kind in ("Instance", "Delivery")]
        it.stack.records = {name: it.stack.records[name] for name in ("instance", "delivery")}
        messages.append(("The project was deleted", (await it.error(only)).replace(project_id, "<ID>")))
    return messages


@asynccontextmanager
async def delivered_before(value: str, fake: FakeInfisical) -> AsyncIterator[Delivered]:
    """An app that was delivered before TOKEN got this value; `dev` has a secret HIDDEN, and `/` imports `dev`."""
    fake.reset()
    with delivered(fake) as it:
        await it.stack.up(program(readablePaths=["/"]))
        admin, project = Admin(fake.url), it.stack.outputs("project")["projectId"]
        admin.post(f"/api/v1/projects/{project}/environments", name="dev", slug="dev")
        admin.post("/api/v4/secrets/HIDDEN", **at(project, "dev"), secretValue="hidden-value")
        imported = {"environment": "dev", "path": "/"}
        place = {"projectId": project, "environment": "prod", "path": "/", "import": imported}
        admin.post("/api/v2/secret-imports", **place)
        admin.set_secret(project, "TOKEN", value)
        it.operator.fails = True
        it.operator.act(EXTERNAL_SECRET)
        yield it
    fake.reset()


async def about_warnings(fake: FakeInfisical, monkeypatch: pytest.MonkeyPatch) -> Messages:
    messages = []
    optional = {"keys": {**KEYS, "webhook": "/WEBHOOK"}, "optionalKeys": ["WEBHOOK"]}
    with delivered(fake) as it:
        it.operator.fails = True
        await it.stack.up(program(**optional, triggers={"PASSWORD": ""}))
        messages.append(("An optional value is missing", it.warning()))
        rotated = program(**optional, triggers={"PASSWORD": "2"})
        messages.append(("A missing optional value blocks a rotation", await it.error(rotated)))
    with delivered(fake) as it:
        it.operator.values = {"url": "password"}
        await it.stack.up([*SEEDED, secret("URL", "pass${NOWHERE}word"), delivery(keys={"url": "/URL"}, literals={})])
        messages.append(("A value refers to a missing secret", it.warning()))
    with delivered(fake) as it:
        await it.stack.up(program(timeoutSeconds=60.0))
        it.operator.hold({**HELD, "admin-password": "by-hand"})
        await it.stack.refresh()
        messages.append(("A refresh finds a difference", it.warning()))
        it.cluster.stop()
        await it.stack.preview(program())
        messages.append(("A preview without the cluster", it.warning()))
    async with delivered_before("${dev.HIDDEN}", fake) as it:
        await it.stack.preview(program(readablePaths=["/"]))
        messages.append(("A value refers to a place that the operator may not read", it.warning()))
    async with delivered_before("${part.of.password}", fake) as it:
        await it.stack.preview(program(readablePaths=["/"]))
        messages.append(("A value refers to a place that does not exist", it.warning()))
    async with delivered_before("${TOKEN}", fake) as it:
        await it.stack.preview(program(readablePaths=["/"]))
        messages.append(("A value refers to itself", it.warning()))
    async with delivered_before("plain-value", fake) as it:
        keys = {**KEYS, "imported": "/HIDDEN"}
        messages.append(
            (
                "A value is imported from a place that the operator may not read",
                await it.error(program(keys=keys, readablePaths=["/"], timeoutSeconds=5.0)),
            )
        )
    with delivered(fake) as it:
        await it.stack.up(program())
        monkeypatch.setattr("infisical.delivery.check.BRIEF_SECONDS", 1.5)
        it.cluster.hang()
        await it.stack.preview(program())
        messages.append(("A preview while the cluster hangs", it.warning()))
    with delivered(fake) as it:
        syncs = iter(range(9))
        it.cluster.on_annotate = lambda path: it.operator.act(path) if next(syncs) else None
        await it.stack.up(program(timeoutSeconds=60.0))
        waiting = [line for line in it.stack.log.progress if line.startswith("monitoring/")]
        messages.append(("Progress while waiting", waiting[0]))
    return messages


def kubeconfig_errors(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Messages:
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.delenv("KUBECONFIG", raising=False)
    with FakeCluster() as cluster:
        valid = cluster.kubeconfig
    without_context = valid.replace('"current-context": "fake"', '"current-context": ""')
    cases = {
        "No kubeconfig": ("", ""),
        "A kubeconfig that is no file and no YAML": ("/no/such/file", ""),
        "A kubeconfig without a current context": (without_context, ""),
        "A kubeconfig without the declared context": (valid, "production"),
    }
    messages = []
    for title, (given, context) in cases.items():
        with pytest.raises(KubernetesError) as raised:
            _ = Cluster(given, context).connection
        messages.append((title, f"error: {raised.value}"))
    unusable = {"client-certificate-data": "not-a-certificate", "client-key-data": "x"}
    with pytest.raises(KubernetesError) as raised:
        Connection(Access({"server": "https://cluster.test"}, unusable))
    return [*messages, ("Credentials that cannot be used", f"error: {raised.value}")]


async def test_every_message_of_the_delivery_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeInfisical() as fake:
        messages = [*await about_failures(fake), *await about_warnings(fake, monkeypatch)]
    messages += kubeconfig_errors(tmp_path, monkeypatch)

    assert_messages("delivery", messages)
