"""The messages of the Infisical provider: API errors, invalid inputs, and what each resource reports."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

import httpx2
import pytest
from pulumi.provider.experimental import provider as sdk

from infisical.api import identities, projects, secrets
from infisical.api.folders import Location
from infisical.api.http.server import Server
from infisical.api.http.session import Login, Session
from infisical.failures import FAILURES
from infisical.handlers.registry import HANDLERS
from infisical.offline.provider import PERMISSION, OfflineProvider
from infisical.properties import UNKNOWN, Properties
from infisical.server.configuration import problems
from infisical.server.provider import InfisicalProvider
from infisical.server.serve import INTERRUPTED
from infisical.server.values import wrapped_all
from sandbox.infisical.fake import FakeInfisical
from tests.infisical.admin import Admin, at
from tests.infisical.clock import TestClock
from tests.infisical.deliveries import delivery, stack_for
from tests.infisical.fake_cluster import FakeCluster
from tests.infisical.handlers.test_instance import bootstrap_by_hand
from tests.infisical.handlers.test_restart import INCOMPLETE, PATH, RUNS
from tests.infisical.programs import FOLDER, INSTANCE, SETUP, client_secret, identity, secret
from tests.infisical.recording import Replay, exchange
from tests.infisical.stack import EMAIL, PASSWORD, Declared, NotebookLog, Stack
from tests.infisical.transports import Refusing, Scripted
from tests.messages.book import assert_messages

Messages = list[tuple[str, str]]

URL = "http://infisical.test"
ROOT = Location("project-id", "prod")
ADMIN = Login(email=EMAIL, password=PASSWORD, organization="homelab")
TOKEN = Login(token=exchange(16).answer["token"])
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


def answer(status: int, error: str, message: object) -> httpx2.Response:
    return httpx2.Response(status, json={"statusCode": status, "error": error, "message": message})


def session(*answers: httpx2.Response | Exception, login: Login = TOKEN) -> Session:
    return Session(Server(URL, TestClock(), Scripted(*answers)), login)


def replay(number: int, login: Login = TOKEN) -> Session:
    return Session(Server(URL, TestClock(), Replay(number)), login)


async def test_every_message_of_the_infisical_api() -> None:
    logged_in = httpx2.Response(200, json={"accessToken": "token"})
    organizations = [{"id": f"id-{name}", "name": name} for name in ("first", "second")]
    several = httpx2.Response(200, json={"organizations": organizations})
    one = httpx2.Response(200, json={"organizations": organizations[:1]})
    second_factor = httpx2.Response(200, json={"isMfaEnabled": True, "token": "token"})
    denied = answer(403, "PermissionDenied", "You are not allowed to create on identity")
    existing = answer(400, "BadRequest", "A project with this slug already exists.")
    no_route = answer(404, "Not Found", "Route POST:/api/v2/workspace not found")
    cases: dict[str, Awaitable[object]] = {
        "The server cannot be reached": projects.find_project(session(httpx2.ConnectError("refused")), "homelab"),
        "The server does not answer in time": secrets.list_secrets(session(httpx2.ReadTimeout("slow")), ROOT),
        "The answer to a creation is lost": projects.create_project(
            session(httpx2.ReadError("broken")), "homelab", "homelab"
        ),
        "The administrator's login is refused": replay(14, login=ADMIN).organization_id(),
        "The provider has no login": session(login=Login()).organization_id(),
        "The login has a second factor": session(logged_in, one, second_factor, login=ADMIN).organization_id(),
        "The login has several organizations": session(logged_in, several, login=ADMIN).organization_id(),
        "A token is not accepted": projects.find_project(replay(158), "homelab"),
        "The object exists already": projects.create_project(session(existing), "homelab", "homelab"),
        "A permission is missing": identities.create_identity(session(denied), "homelab-eso"),
        "A folder does not exist": secrets.list_secrets(replay(70), Location("project-id", "prod", "/missing")),
        "The release lacks the route": projects.create_project(session(no_route), "homelab", "homelab"),
        "The server refuses the arguments": projects.create_project(replay(20), "home", "homelab"),
        "The server limits the rate": projects.find_project(
            session(answer(429, "RateLimitExceeded", "Rate limit exceeded. Please try again in 45 seconds")), "homelab"
        ),
        "The server fails": projects.find_project(session(httpx2.Response(500, text="panic")), "homelab"),
        "The URL leads to a login page": projects.find_project(
            session(httpx2.Response(200, html="<h1>Log in</h1>")), "homelab"
        ),
        "The answer has an unknown form": projects.find_project(
            session(httpx2.Response(200, json={"name": "homelab"})), "homelab"
        ),
    }

    assert_messages("infisical_api", [(title, await error(work)) for title, work in cases.items()])


INVALID: dict[str, dict[str, object]] = {
    "Instance": {"timeoutSeconds": "10", "colour": "red"},
    "Project": {"slug": "home", "name": " ", "environments": {"Prod!": "Production"}, "deletionProtection": "no"},
    "Folder": {"projectId": 1.0, "environment": "Prod", "path": "/"},
    "Identity": {
        "name": "",
        "projectId": "id",
        "environment": "prod",
        "paths": ["apps"],
        "accessTokenTtl": 7200.0,
        "accessTokenMaxTtl": 3600.0,
        "trustedIps": ["10.0.0.1/8"],
    },
    "ClientSecret": {"proveLogin": "yes"},
    "Secret": {
        "projectId": "id",
        "environment": "prod",
        "path": "/my apps",
        "name": "a/b",
        "value": ["a", "list"],
        "onNewValue": "replace",
        "changeCommand": "",
        "deliveredWith": {"OTHER": ""},
    },
    "Delivery": {
        "namespace": "",
        "name": "grafana",
        "projectId": "id",
        "environment": "prod",
        "keys": {"password": "PASSWORD"},
        "timeoutSeconds": 0.0,
    },
    "Restart": {"namespace": "monitoring", "workloads": ["pod/grafana"], "triggers": {"PASSWORD": 1.0}},
}


def test_every_message_about_inputs() -> None:
    messages = []
    for handler in HANDLERS.values():
        failures = [*handler.check(Properties(INVALID[handler.name]))]
        messages.append((handler.name, "\n".join(f"{failure.field}: {failure.reason}" for failure in failures)))
    optional = delivery(projectId="id", optionalKeys=["OTHER"]).inputs
    configuration = Properties({"url": "infisical:8080", "email": EMAIL, "organisation": "homelab"})
    (failure,) = HANDLERS["infisical:index:Delivery"].check(Properties(optional))
    messages += [
        ("An optional key that the delivery does not have", f"{failure.field}: {failure.reason}"),
        ("The provider", "\n".join(f"{each.field}: {each.reason}" for each in problems(configuration))),
    ]

    assert_messages("infisical_inputs", messages)


Story = Callable[[Stack], Awaitable[Messages]]


def imported(declared: Declared, name: str) -> Declared:
    return Declared(declared.kind, declared.name, declared.inputs, imports=name)


def project_id(stack: Stack) -> str:
    found: str = stack.outputs("project")["projectId"]
    return found


def warning(stack: Stack) -> str:
    return stable(f"warning: {stack.log.warnings[-1]}")


async def about_instances(stack: Stack) -> Messages:
    down = Scripted(httpx2.ConnectError("refused"))
    incomplete = Stack(stack.fake_infisical, email=EMAIL, password=PASSWORD)
    stack.fake_infisical.order("close", path="/api/v1/admin/bootstrap")
    messages = [
        ("The server does not start", await error(stack.up([INSTANCE], down))),
        ("The provider cannot set up the server", await error(incomplete.up([INSTANCE]))),
        ("The answer to the setup is lost", await error(stack.up([INSTANCE]))),
    ]
    bootstrap_by_hand(stack.fake_infisical)
    other = Stack(stack.fake_infisical, email=EMAIL, password="a-different-password", organization="homelab")
    messages.append(("The server belongs to someone else", await error(other.up([INSTANCE]))))
    await stack.up([INSTANCE])
    await stack.up([])
    return [*messages, ("The instance is deleted", stable(f"info: {stack.log.infos[-1]}"))]


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
        ("The identity is an administrator", await error(stack.up([*SETUP, identity(name="Instance Admin Identity")]))),
        ("An identity is imported by a wrong ID", await error(stack.up([*SETUP, imported(identity(), "homelab-eso")]))),
    ]
    stack.fake_infisical.order("status", path="/api/v4/secrets", times=0, status=403)
    messages.append(("The access does not take effect", await error(stack.up([*SETUP, identity()]))))
    stack.fake_infisical.clear_faults()
    await stack.up([*SETUP, identity(name="first")], Refusing("POST", PRIVILEGES, "Failed due to plan restriction."))
    messages.append(("The server refuses privileges", warning(stack)))
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
    moved = secret("KEY", "different", onNewValue="hold", path="/apps/web")
    await add("An immutable secret with a different value moves", FOLDER, moved)
    admin.delete("/api/v4/secrets/KEY", **location)
    await add("An immutable secret was deleted", secret("KEY", "different", onNewValue="hold"))
    return messages


async def about_the_provider(stack: Stack) -> Messages:
    program = [*SETUP, secret()]
    await stack.up(program)
    for kind, name in (("Delivery", "monitoring/grafana"), ("Restart", "monitoring/deployment/grafana")):
        urn = f"urn:pulumi:dev::homelab::infisical:index:{kind}::thing"
        async with stack._provider(None) as provider:
            message = await error(provider.read(sdk.ReadRequest(urn, name, {}, {})))
        if kind == "Delivery":
            messages = [("A delivery check is imported", message)]
    messages.append(("A restart is imported", message))
    stack.fake_infisical.stop()
    await stack.preview(program)
    messages.append(("A preview without the server", warning(stack)))
    await stack.refresh()
    messages.append(("A refresh without the server", warning(stack)))
    stack.fake_infisical.start()
    request = sdk.CreateRequest("urn:pulumi:dev::homelab::infisical:index:Instance::i", {}, 0, False)
    messages.append(("The provider is not configured", await error(InfisicalProvider(NotebookLog()).create(request))))
    unknown = sdk.CreateRequest("urn:pulumi:dev::homelab::infisical:index:Team::t", {}, 0, False)
    messages.append(("A resource type is unknown", await error(InfisicalProvider(NotebookLog()).create(unknown))))
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
    checked = await provider.check_config(sdk.CheckRequest("urn", {}, values, b""))
    (failure,) = checked.failures or []
    deletion = provider.delete(sdk.DeleteRequest(urn, "homelab", {}, 0))
    return [
        ("The offline provider without its permission", f"{failure.property}: {failure.reason}"),
        (
            "The offline provider on a real state",
            await error(deletion),
        ),
    ]


STORIES: list[Story] = [
    about_instances,
    about_projects_and_folders,
    about_identities,
    about_secrets,
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
