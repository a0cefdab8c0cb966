"""The messages of the Infisical provider's resources: errors, warnings and announcements."""

from __future__ import annotations

import httpx2
import pytest

from infisical.offline.provider import PERMISSION, OfflineProvider
from infisical.properties import UNKNOWN
from infisical.server.provider import InfisicalProvider
from infisical.server.serve import INTERRUPTED
from infisical.server.values import wrapped_all
from sandbox.infisical.fake import FakeInfisical
from tests.infisical.admin import Admin
from tests.infisical.deliveries import stack_for
from tests.infisical.fake_cluster import FakeCluster
from tests.infisical.handlers.access.test_identity_adoption import in_use
from tests.infisical.handlers.access.test_instance import APPLICATION, INSTALLED, REFUSED, bootstrap_by_hand
from tests.infisical.handlers.cluster.test_restart import INCOMPLETE, PATH, RUNS
from tests.infisical.programs import FOLDER, INSTANCE, SETUP, client_secret, identity, secret
from tests.infisical.stack import EMAIL, PASSWORD, Declared, NotebookLog, Stack
from tests.infisical.transports import Refusing, Scripted
from tests.messages.stories.book import assert_messages
from tests.messages.stories.infisical_stories import (
    LOGIN,
    PRIVILEGES,
    URL,
    Messages,
    Story,
    error,
    imported,
    stable,
    warning,
)
from tests.messages.stories.infisical_values import (
    about_immutable_keys,
    about_renamed_secrets,
    about_secrets,
    about_the_database,
    about_values_in_use,
)


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
    about_the_database,
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
