"""The messages of the Infisical client, and of the checks of inputs."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable

import httpx2
import pytest

from infisical.api import identities, projects, secrets
from infisical.api.folders import Location
from infisical.api.http.server import Server
from infisical.api.http.session import Login, Session
from infisical.failures import FAILURES
from infisical.handlers.registry import HANDLERS
from infisical.properties import Properties
from infisical.server.configuration import problems
from tests.infisical.clock import TestClock
from tests.infisical.deliveries import delivery
from tests.infisical.recording import Replay, exchange
from tests.infisical.stack import EMAIL, PASSWORD
from tests.infisical.transports import Scripted
from tests.messages.stories.book import assert_messages

URL = "http://infisical.test"
ROOT = Location("project-id", "prod")
ADMIN = Login(email=EMAIL, password=PASSWORD, organization="homelab")
IDENTITY = Login(client_id="client-id", client_secret="canary-of-a-secret")
TOKEN = Login(token=exchange(16).answer["token"])


async def error(work: Awaitable[object]) -> str:
    with pytest.raises(FAILURES) as raised:
        await work
    return f"error: {raised.value}"


def answer(status: int, error: str, message: object) -> httpx2.Response:
    return httpx2.Response(status, json={"statusCode": status, "error": error, "message": message})


def _untrusted() -> httpx2.ConnectError:
    """The error of a connection to a server whose CA is unknown."""
    cause = ssl.SSLCertVerificationError(1, "certificate verify failed")
    cause.verify_message = "unable to get local issuer certificate"
    error = httpx2.ConnectError("failed")
    error.__cause__ = cause
    return error


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
    denied_login = answer(401, "UnauthorizedError", "Invalid credentials")
    no_route = answer(404, "Not Found", "Route POST:/api/v2/workspace not found")
    cases: dict[str, Awaitable[object]] = {
        "The server cannot be reached": projects.find_project(session(httpx2.ConnectError("refused")), "homelab"),
        "The server does not answer in time": secrets.list_secrets(session(httpx2.ReadTimeout("slow")), ROOT),
        "The answer to a creation is lost": projects.create_project(
            session(httpx2.ReadError("broken")), "homelab", "homelab"
        ),
        "The administrator's login is refused": replay(14, login=ADMIN).organization_id(),
        "The machine identity's login is refused": session(denied_login, login=IDENTITY).organization_id(),
        "The server's certificate is not trusted": projects.find_project(session(_untrusted()), "homelab"),
        "The provider has no login": session(login=Login()).organization_id(),
        "The login has a second factor": session(logged_in, one, second_factor, login=ADMIN).organization_id(),
        "The login has several organizations": session(logged_in, several, login=ADMIN).organization_id(),
        "A token is not accepted": projects.find_project(replay(158), "homelab"),
        "The object exists already": projects.create_project(session(existing), "homelab", "homelab"),
        "The login is not a member of the project": projects.find_project(replay(115), "homelab"),
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
    "DatabaseInUse": {"kind": 7},
    "RsaKeyPair": {"trigger": "", "bits": 1024},
    "Instance": {"timeoutSeconds": "10", "application": "infisical", "colour": "red"},
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
        "commandSeconds": 0.5,
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
    "ImmutableKeys": {"managed": "yes", "keys": ["KEY"], "declared": "KEY", "generated": None},
    "OwnedNamespace": {"name": "", "manager": "", "timeoutSeconds": 0.0},
    "GuardedSecret": {"namespace": "", "name": "", "values": "KEY", "manager": 1.0},
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
