"""The messages of the Infisical provider's resources: errors, warnings and announcements."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

import httpx2
import pytest

from infisical.failures import FAILURES
from infisical.offline.provider import PERMISSION, OfflineProvider
from infisical.properties import UNKNOWN
from infisical.server.provider import InfisicalProvider
from infisical.server.serve import INTERRUPTED
from infisical.server.values import wrapped_all
from sandbox.infisical.fake import FakeInfisical
from tests.infisical.admin import Admin, at
from tests.infisical.deliveries import stack_for
from tests.infisical.fake_cluster import FakeCluster
from tests.infisical.handlers.test_identity_adoption import in_use
from tests.infisical.handlers.test_instance import APPLICATION, INSTALLED, REFUSED, bootstrap_by_hand
from tests.infisical.handlers.test_restart import INCOMPLETE, PATH, RUNS
from tests.infisical.in_use import ONE, TWO, held, hold
from tests.infisical.programs import FOLDER, INSTANCE, SETUP, client_secret, identity, secret
from tests.infisical.stack import EMAIL, PASSWORD, Declared, NotebookLog, Stack
from tests.infisical.transports import Refusing, Scripted
from tests.messages.book import assert_messages

Messages = list[tuple[str, str]]

URL = "http://infisical.test"
LOGIN = "/api/v1/auth/universal-auth/login"
PRIVILEGES = "/api/v2/identity-project-additional-privilege"

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
LOOPBACK = re.compile(r"http://127\.0\.0\.1:\d+")


def stable(text: str) -> str:
    """`text` with placeholders for random IDs and ports."""
    return UUID.sub("<ID>", LOOPBACK.sub(URL, text))


async def error(work: Awaitable[object]) -> str:
    with pytest.raises(FAILURES) as raised:
        await work
    return stable(f"error: {raised.value}")


Story = Callable[[Stack], Awaitable[Messages]]


def imported(declared: Declared, name: str) -> Declared:
    return Declared(declared.kind, declared.name, declared.inputs, imports=name)


def project_id(stack: Stack) -> str:
    found: str = stack.outputs("project")["projectId"]
    return found


def warning(stack: Stack) -> str:
    return stable(f"warning: {stack.log.warnings[-1]}")


async def refused_application(stack: Stack, down: Scripted) -> str:
    with FakeCluster() as cluster:
        cluster.objects[APPLICATION] = {"spec": {}, "status": REFUSED}
        login = {"email": EMAIL, "password": PASSWORD, "organization": "homelab"}
        installed = Stack(stack.fake_infisical, **login, kubeconfig=cluster.kubeconfig)
        return await error(installed.up([INSTALLED], down))


async def about_instances(stack: Stack) -> Messages:
    down = Scripted(httpx2.ConnectError("refused"))
    incomplete = Stack(stack.fake_infisical, email=EMAIL, password=PASSWORD)
    stack.fake_infisical.order("close", path="/api/v1/admin/bootstrap")
    messages = [
        ("The server does not start", await error(stack.up([INSTANCE], down))),
        ("Argo CD refuses the Application of the server", await refused_application(stack, down)),
        ("The provider cannot set up the server", await error(incomplete.up([INSTANCE]))),
        ("The answer to the setup is lost", await error(stack.up([INSTANCE]))),
    ]
    bootstrap_by_hand(stack.fake_infisical)
    other = Stack(stack.fake_infisical, email=EMAIL, password="a-different-password", organization="homelab")
    messages.append(("The server belongs to someone else", await error(other.up([INSTANCE]))))
    await stack.up([INSTANCE])
    await stack.up([])
    return [*messages, ("The instance is deleted", stable(f"info: {stack.log.infos[-1]}"))]


async def about_what_exists(stack: Stack) -> Messages:
    await stack.up([INSTANCE])
    admin = Admin(stack.fake_infisical.url)
    made = admin.post("/api/v1/projects", projectName="By hand", slug="homelab")["project"]["id"]
    admin.post("/api/v2/folders", projectId=made, environment="prod", path="/apps", name="web")
    used = in_use(admin)
    admin.post(f"/api/v1/projects/{made}/memberships/identities/{used}", role="member")
    environments = {"prod": "Production", "test": "Testing"}
    base = [INSTANCE, Declared("Project", "project", {"slug": "homelab", "environments": environments}), FOLDER]
    await stack.preview(base)
    project, folder = (f"info: {text}" for text in stack.log.infos)
    refused = await error(stack.preview([*base, identity()]))
    await stack.preview([*base, identity(adopt=True)])
    adopted = warning(stack)
    await stack.up([*base, identity(adopt=True)])
    await stack.up([INSTANCE])
    released = [stable(f"info: {text}") for text in stack.log.infos[-3:]]
    unknown = Stack(stack.fake_infisical, email=EMAIL, password=UNKNOWN, organization="homelab")
    await unknown.preview(base)
    return [
        ("The project and its environment exist", project),
        ("A folder exists", folder),
        ("An identity exists", refused),
        ("An identity is adopted", adopted),
        ("What was adopted is released", "\n".join(released)),
        ("The first preview cannot see Infisical", f"info: {unknown.log.infos[-1]}"),
    ]


async def about_projects_and_folders(stack: Stack) -> Messages:
    await stack.up([*SETUP, FOLDER, secret(path="/apps/web")])
    kept = await error(stack.up([INSTANCE]))
    await stack.up(SETUP)
    return [
        ("A protected project is deleted", kept),
        ("A folder with secrets is deleted", warning(stack)),
        ("A folder is imported by a wrong ID", await error(stack.up([*SETUP, imported(FOLDER, "apps/web")]))),
        ("A folder of an unknown project is imported", await error(stack.up([*SETUP, imported(FOLDER, "x/prod/a")]))),
    ]


async def about_identities(stack: Stack) -> Messages:
    await stack.up(SETUP)
    admin = Admin(stack.fake_infisical.url)
    body = {"organizationId": admin.organization_id, "role": "no-access"}
    for _ in range(2):
        admin.post("/api/v1/identities", name="twice", **body)
    address = "You are not allowed to access this resource from the current IP address"
    elsewhere = Refusing("POST", LOGIN, address, status=403, error="ForbiddenError")
    messages = [
        ("Several identities have the name", await error(stack.up([*SETUP, identity(name="twice")]))),
        (
            "The identity is an administrator",
            await error(stack.up([*SETUP, identity(name="Instance Admin Identity", adopt=True)])),
        ),
        ("An identity is imported by a wrong ID", await error(stack.up([*SETUP, imported(identity(), "homelab-eso")]))),
    ]
    stack.fake_infisical.order("status", path="/api/v4/secrets", times=0, status=403)
    messages.append(("The access does not take effect", await error(stack.up([*SETUP, identity()]))))
    stack.fake_infisical.clear_faults()
    await stack.up([*SETUP, identity(name="first")], Refusing("POST", PRIVILEGES, "Failed due to plan restriction."))
    messages.append(("The server refuses privileges", warning(stack)))
    stack.fake_infisical.allow_trusted_ips()
    await stack.up([*SETUP, identity(name="second", trustedIps=["10.42.0.0/16"])], elsewhere)
    messages.append(("The access cannot be tested from this machine", warning(stack)))
    base = [*SETUP, identity(name="second", trustedIps=["10.42.0.0/16"])]
    messages.append(("A client secret cannot log in", await error(stack.up([*base, client_secret()], elsewhere))))
    return messages


async def about_secrets(stack: Stack) -> Messages:
    await stack.up([*SETUP, secret(rotateWith="make rotate"), secret("KEY", onNewValue="hold"), secret("SET", "old")])
    admin, location = Admin(stack.fake_infisical.url), at(project_id(stack))
    base = [*SETUP, secret(rotateWith="make rotate")]
    by_hand = {"DB_PASSWORD": "by-hand", "SET": "by-hand"}
    for name, value in by_hand.items():
        admin.set_secret(project_id(stack), name, value)
    del stack.records["set"]
    await stack.refresh()
    messages = [("A value was changed in Infisical", warning(stack))]
    await stack.up([*base, secret("KEY", onNewValue="hold"), secret("SET", "declared", onNewValue="set")])
    messages.append(("A declared value meets a different one", warning(stack)))

    async def add(title: str, *declared: Declared) -> None:
        messages.append((title, await error(stack.up([*SETUP, *declared]))))

    rotatable = secret("SET", "a", onNewValue="set", trigger="")
    await stack.up([*SETUP, secret(trigger=""), secret("KEY", onNewValue="refuse"), rotatable])
    await add("A folder does not exist", secret("NEW", path="/apps/web"))
    await add("A secret is imported by a wrong ID", imported(secret("NEW"), "prod/NEW"))
    await add("A new value of an immutable secret", secret("KEY", "new-value", onNewValue="refuse"))
    await add("A rotation without a new value", secret("SET", "a", onNewValue="set", trigger="2026-11"))
    others = {"/WEBHOOK": "run `pulumi config set --secret WEBHOOK`", "/BY_HAND": ""}
    await add("A rotation that cannot be delivered", secret(value="new", trigger="2026-11", deliveredWith=others))
    failing = 'echo "ERROR: role $NEW_VALUE does not exist"; exit 3'
    await add("A change command that fails", secret(value="new-value", trigger="2026-11", changeCommand=failing))
    await stack.preview([*SETUP, secret(value="new-value", trigger="2026-11", changeCommand=failing)])
    messages.append(("A preview of a rotation", f"info: {stack.log.infos[-1]}"))
    await stack.up([*SETUP, FOLDER, secret("KEY", onNewValue="hold")])
    inputs = secret("KEY", "different", onNewValue="hold", path="/apps/web").inputs
    elsewhere = Declared("Secret", "elsewhere", inputs)
    await add("An immutable secret with a different value is elsewhere", FOLDER, elsewhere)
    admin.delete("/api/v4/secrets/KEY", **location)
    await add("An immutable secret was deleted", secret("KEY", "different", onNewValue="hold"))
    return messages


async def about_values_in_use(stack: Stack) -> Messages:
    with FakeCluster() as cluster:
        stack = stack_for(stack.fake_infisical, cluster.kubeconfig)
        await stack.up([*SETUP, FOLDER])
        admin, below = Admin(stack.fake_infisical.url), {"path": "/apps/web"}
        messages: Messages = []

        async def refused(title: str, *declared: Declared) -> None:
            messages.append((title, await error(stack.up([*SETUP, FOLDER, *declared]))))

        async def shown(title: str, *declared: Declared) -> None:
            program = [*SETUP, FOLDER, *declared]
            await stack.preview(program)
            messages.append((f"A preview: {title}", f"info: {stack.log.infos[-1]}"))
            await stack.up(program)
            messages.append((title, f"info: {stack.log.infos[-1]}"))

        hold(cluster, ONE, " padded")
        await refused("An app's value would change in Infisical", held())
        hold(cluster, ONE, b"\xff")
        await refused("An app's value is not text", held())
        hold(cluster, ONE, "one")
        hold(cluster, TWO, "two")
        await refused("Two apps have different values", held())
        hold(cluster, TWO, "one")
        given = held(onNewValue="refuse", value="declared")
        await refused("An immutable value of the stack config differs from an app's", given)
        cluster.refused.add(TWO)
        await refused("An app's Secret cannot be read", held())
        await stack.preview([*SETUP, FOLDER, held()])
        messages.append(("A preview: an app's Secret cannot be read", warning(stack)))
        cluster.refused.clear()
        await shown("An app has the value that Infisical lacks", held())
        admin.delete("/api/v4/secrets/DB_PASSWORD", **at(project_id(stack)))
        await stack.refresh()
        messages.append(("A refresh finds a deleted value", warning(stack)))
        hold(cluster, ONE, "changed")
        hold(cluster, TWO, "changed")
        await refused("An immutable copy differs from the lost value", held(onNewValue="hold"))
        cluster.objects.clear()
        await stack.up([*SETUP, FOLDER, held()])
        messages.append(("A value is lost everywhere", warning(stack)))
        admin.post("/api/v4/secrets/DB_PASSWORD", **at(project_id(stack), **below), secretValue="another")
        await refused("The new place has a different value", held(**below))
        admin.delete("/api/v4/secrets/DB_PASSWORD", **at(project_id(stack), **below))
        hold(cluster, ONE, "by-hand", managed=False)
        await refused("An immutable value that moves differs from an app's", held(onNewValue="hold", **below))
        await shown("A value moves", held(**below))
        del stack.records["db_password"]
        await refused("Infisical has a different value than the app's own Secret", held(**below))
        await refused("Infisical has a different value than an app, immutable", held(onNewValue="hold", **below))
    return messages


async def about_renamed_secrets(stack: Stack) -> Messages:
    def named(name: str) -> list[Declared]:
        return [*SETUP, Declared("Secret", "key", secret(name).inputs)]

    await stack.up(named("OLD"))
    await stack.preview(named("NEW"))
    preview = f"info: {stack.log.infos[-1]}"
    Admin(stack.fake_infisical.url).post("/api/v4/secrets/NEW", **at(project_id(stack)), secretValue="another")
    refused = await error(stack.up(named("NEW")))
    Admin(stack.fake_infisical.url).delete("/api/v4/secrets/NEW", **at(project_id(stack)))
    await stack.up(named("NEW"))
    return [
        ("A preview: a secret is renamed", preview),
        ("The new name has a different value", refused),
        ("A secret is renamed", f"info: {stack.log.infos[-1]}"),
    ]


async def about_immutable_keys(stack: Stack) -> Messages:
    def keys(
        *names: str,
        source: str = "generate",
        generated: tuple[str, ...] = (),
        managed: bool = True,
        installed: bool = True,
    ) -> list[Declared]:
        inputs = {
            "managed": managed,
            "installed": installed,
            "keys": dict.fromkeys(names, source),
            "declared": [*names],
            "generated": [*generated],
        }
        return [INSTANCE, Declared("ImmutableKeys", "immutable-keys", inputs)]

    await stack.up(keys("paperless/SECRET_KEY", "AUTHENTIK_SECRET_KEY", generated=("AUTHENTIK_SECRET_KEY",)))
    given = keys("paperless/SECRET_KEY", "AUTHENTIK_SECRET_KEY", source="given", generated=("paperless/SECRET_KEY",))
    imported_keys = imported(Declared("ImmutableKeys", "other", keys()[1].inputs), "keys")
    return [
        ("An immutable key is removed", await error(stack.preview(keys("AUTHENTIK_SECRET_KEY")))),
        ("Immutable keys are removed", await error(stack.preview(keys()))),
        ("An immutable key gets another source", await error(stack.preview(given))),
        ("The mode changes to manual", await error(stack.preview(keys(managed=False)))),
        ("An installed Infisical moves elsewhere", await error(stack.preview(keys(installed=False)))),
        ("The immutable keys are imported", await error(stack.up([INSTANCE, imported_keys]))),
    ]


async def about_the_provider(stack: Stack) -> Messages:
    program = [*SETUP, secret()]
    await stack.up(program)
    for kind, name in (("Delivery", "monitoring/grafana"), ("Restart", "monitoring/deployment/grafana")):
        urn = f"urn:pulumi:dev::homelab::infisical:index:{kind}::thing"
        async with stack.provider(None) as provider:
            message = await error(provider.read(urn, name, {}, {}))
        if kind == "Delivery":
            messages = [("A delivery check is imported", message)]
    messages.append(("A restart is imported", message))
    stack.fake_infisical.stop()
    await stack.preview(program)
    messages.append(("A preview without the server", warning(stack)))
    await stack.refresh()
    messages.append(("A refresh without the server", warning(stack)))
    stack.fake_infisical.start()
    for case, urn in (
        ("The provider is not configured", "urn:pulumi:dev::homelab::infisical:index:Instance::i"),
        ("A resource type is unknown", "urn:pulumi:dev::homelab::infisical:index:Team::t"),
    ):
        messages.append((case, await error(InfisicalProvider(NotebookLog()).create(urn, {}))))
    return [*messages, ("The user interrupts", INTERRUPTED)]


async def about_restarts(stack: Stack) -> Messages:
    def program(trigger: object) -> list[Declared]:
        inputs = {"namespace": "monitoring", "workloads": ["deployment/grafana"], "timeoutSeconds": 5.0}
        return [INSTANCE, Declared("Restart", "grafana", {**inputs, "triggers": {"PASSWORD": trigger}})]

    with FakeCluster() as cluster:
        restarting = stack_for(stack.fake_infisical, cluster.kubeconfig)
        workload = {"metadata": {"generation": 1}, "spec": {"replicas": 1, "template": {}}, "status": dict(RUNS)}
        cluster.objects[PATH] = workload
        await restarting.up(program(""))
        await restarting.preview(program(UNKNOWN))
        messages = [("A preview of a restart", f"info: {restarting.log.infos[-1]}")]
        for left, status in INCOMPLETE.items():
            workload["status"] = {**RUNS, **status}
            messages.append((f"A restart that is not done: {left}", await error(restarting.up(program("2")))))
        del cluster.objects[PATH]
        messages.append(("A workload does not exist", await error(restarting.up(program("2")))))
    return messages


async def about_the_offline_provider(monkeypatch: pytest.MonkeyPatch) -> Messages:
    monkeypatch.delenv(PERMISSION, raising=False)
    provider, values = OfflineProvider(NotebookLog(), transport=Scripted()), wrapped_all({"url": URL}, ())
    urn = "urn:pulumi:dev::homelab::infisical:index:Project::project"
    (failure,) = await provider.check_config(values)
    deletion = provider.delete(urn, "homelab", {})
    return [
        ("The offline provider without its permission", f"{failure.field}: {failure.reason}"),
        (
            "The offline provider on a real state",
            await error(deletion),
        ),
    ]


STORIES: list[Story] = [
    about_instances,
    about_what_exists,
    about_projects_and_folders,
    about_identities,
    about_secrets,
    about_values_in_use,
    about_renamed_secrets,
    about_immutable_keys,
    about_restarts,
    about_the_provider,
]


async def test_every_message_of_the_resources(monkeypatch: pytest.MonkeyPatch) -> None:
    messages: Messages = []
    with FakeInfisical() as fake:
        for story in STORIES:
            messages += await story(Stack(fake))
            fake.reset()
    messages += await about_the_offline_provider(monkeypatch)

    assert_messages("infisical_resources", messages)
