"""
An `up` is killed during calls to Infisical, and the next `up` finds what exists already.

Each time the engine is killed after the server executed the request and before it answered.
"""

from __future__ import annotations

import contextlib
import signal
import subprocess
from collections.abc import Callable
from fnmatch import fnmatchcase
from functools import partial

import psutil

from sandbox.infisical.fake import FakeInfisical
from sandbox.stack.recovery import pending_creates, release_lock
from tests.homelab.deployment import Homelab
from tests.homelab.owner import Owner
from tests.waiting import PATIENCE_SECONDS, eventually
from tests.warm import cold
from tooling.stack.torn_state import drop_torn_attributes
from tooling.toolchain.progress import Reporter

MOMENT_SECONDS = 0.1
BOOTSTRAP = ("POST", "/api/v1/admin/bootstrap")
CALLS = (
    BOOTSTRAP,
    ("POST", "/api/v1/projects/*/memberships/identities/*"),
    ("POST", "/api/v1/auth/universal-auth/identities/*/client-secrets"),
)
"""
Calls in the order in which the program makes them: of the setup, of the access, and of a credential.

tests/infisical/server/test_interruptions.py has a kill after every call, without the engine.
"""


def test_repeated_kills_create_no_duplicates(whole_homelab: Homelab) -> None:
    homelab = whole_homelab
    homelab.config["homelab:apps"] = {"authentik": homelab.config["homelab:apps"]["authentik"]}
    homelab.declare()
    # A server that exists before its restarts are declared would be restarted, and forget that it must hang.
    homelab.plane.argocd.stop()
    kill_when(homelab, partial(is_instance_pending, homelab))
    homelab.plane.argocd.start()
    fake = FakeInfisical(homelab.plane.argocd.directory)
    eventually(lambda: answers(fake), "Infisical answers")

    for method, path in CALLS:
        fake.order("hang", method=method, path=path, after=True)
        kill_when(homelab, partial(is_hanging, fake, method, path, len(fake.requests())))
        fake.clear_faults()

    homelab.up()

    asked = [(it["method"], it["path"]) for it in fake.requests()]
    assert asked.count(BOOTSTRAP) == 1
    owner = Owner(homelab)
    assert len(owner.client_secrets()) == 1
    projects = owner.call("GET", "/api/v1/projects")["projects"]
    assert [project["slug"] for project in projects if project["type"] == "secret-manager"] == ["homelab"]
    values = owner.values()
    assert homelab.secret("authentik", "authentik-secret") == {
        **{key: value for key, value in values.items() if key != "AUTHENTIK_POSTGRES_PASSWORD"},
        "AUTHENTIK_POSTGRESQL__PASSWORD": values["AUTHENTIK_POSTGRES_PASSWORD"],
        "pg-password": values["AUTHENTIK_POSTGRES_PASSWORD"],
    }
    homelab.up("--expect-no-changes")
    assert len(owner.client_secrets()) == 1


def answers(fake: FakeInfisical) -> bool:
    try:
        return fake.server.running and fake.requests() is not None
    except ConnectionError:
        return False


def is_instance_pending(homelab: Homelab) -> bool:
    """Whether the update has reached the setup of the server."""
    return any("$infisical:index:Instance::" in urn for urn in pending_creates(homelab.checkpoint))


def is_hanging(fake: FakeInfisical, method: str, path: str, after: int) -> bool:
    """Whether such a request is hanging."""
    return any(
        it["status"] is None and it["method"] == method and fnmatchcase(it["path"], path)
        for it in fake.requests()[after:]
    )


def kill_when(homelab: Homelab, condition: Callable[[], bool]) -> None:
    """Start an `up`, and kill the engine as soon as the condition is true. Its plugins end by themselves."""
    engine = subprocess.Popen(
        [str(homelab.workspace.bin / "pulumi"), "--non-interactive", "up", "--yes", "--skip-preview"],
        cwd=homelab.project,
        env=cold(homelab.workspace.environment()),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        eventually(lambda: condition() or has_ended(engine), "the call is made")
        assert engine.poll() is None, "the update ended before the call"
    finally:
        started = psutil.Process(engine.pid).children(recursive=True) if engine.poll() is None else []
        engine.send_signal(signal.SIGKILL)
        engine.wait()
    _, left = psutil.wait_procs(started, timeout=PATIENCE_SECONDS)
    assert left == []
    release_lock(homelab.workspace, homelab.project, "homelab", Reporter())
    drop_torn_attributes(homelab.workspace.state)


def has_ended(engine: subprocess.Popen[bytes]) -> bool:
    """Whether the engine ends within MOMENT_SECONDS."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        engine.wait(MOMENT_SECONDS)
        return True
    return False
